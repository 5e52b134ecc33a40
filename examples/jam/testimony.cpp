#include "testimony.hpp"

#include <algorithm>
#include <cmath>
#include <set>

#include <jamnet/midi/message.hpp>
#include <jamnet/sync/clock_estimator.hpp>

#include "../shared/alignment.hpp"
#include "../shared/wav.hpp"

namespace jam {
namespace {

constexpr auto settling = std::chrono::seconds{5}; // the figures count from then on
double microseconds(nanoseconds d) { return static_cast<double>(d.count()) * 1e-3; }

// How wrong a member's clock was at each of its readings, and whether it had said so.
struct clock_record {
  std::vector<double> errors_us;
  double bound_sum_us = 0;
  std::uint64_t held = 0;

  void add(double error_us, double bound_us) {
    errors_us.push_back(std::abs(error_us));
    bound_sum_us += bound_us;
    held += std::abs(error_us) <= bound_us ? 1u : 0u;
  }
  [[nodiscard]] double mean_bound() const {
    return errors_us.empty() ? 0 : bound_sum_us / static_cast<double>(errors_us.size());
  }
  [[nodiscard]] double share_held() const {
    return errors_us.empty() ? 1
                             : static_cast<double>(held) / static_cast<double>(errors_us.size());
  }
};

void judge_clock(const testimony& m, const testimony& master, host_time from, clock_record& mine,
                 clock_record& all) {
  for (const auto& r : m.readings) {
    if (r.truth < from) continue;
    const double error = microseconds(r.session - true_session_time(master, r.truth));
    mine.add(error, microseconds(r.bound));
    if (&m != &master) all.add(error, microseconds(r.bound));
  }
}

// What became of every event that others sent to this member.
void judge_events(const testimony& m, const std::vector<testimony>& members, peer_report& out,
                  std::vector<double>& latencies) {
  for (const testimony& sender : members) {
    if (&sender == &m) continue;
    std::set<std::uint64_t> got;
    for (const auto& h : m.heard) {
      const auto sent = sender.sent.find(h.seq);
      if (h.from != sender.id || sent == sender.sent.end()) continue;
      if (!got.insert(h.seq).second) {
        ++out.duplicated;
        continue;
      }
      ++out.received;
      out.late += h.late ? 1u : 0u;
      latencies.push_back(microseconds(h.truth - sent->second.truth));
    }
    out.lost += sender.sent.size() - got.size();
  }
}

} // namespace

void testimony::take(const std::string& line) {
  std::istringstream words{line};
  std::string what;
  words >> what;
  const auto number = [&] {
    std::int64_t n = 0;
    words >> n;
    return n;
  };
  const auto time = [&] { return host_time{nanoseconds{number()}}; };
  const auto session = [&] { return session_time{nanoseconds{number()}}; };
  if (what == "ready") {
    port = static_cast<std::uint16_t>(number());
    words >> id;
  } else if (what == "state") {
    words >> synchronised >> links >> in >> out >> late >> lost;
  } else if (what == "timeline") {
    session_zero = time();
  } else if (what == "clock") {
    const auto truth = time();
    const auto shown = session();
    readings.push_back({truth, shown, nanoseconds{number()}});
  } else if (what == "sound") {
    first_sample = time();
  } else if (what == "sent") {
    const auto seq = static_cast<std::uint64_t>(number());
    auto& s = sent[seq];
    s.truth = time();
    s.sounds = session();
    words >> s.starts;
  } else if (what == "heard") {
    hearing h;
    words >> h.from >> h.seq;
    h.truth = time();
    words >> h.late;
    heard.push_back(std::move(h));
  } else if (what == "link") {
    std::getline(words >> std::ws, what);
    net.push_back(from_words(what));
  } else if (what == "stuck") {
    words >> stuck;
  } else if (what == "fail") {
    std::getline(words >> std::ws, failure);
  } else if (what == "done") {
    done = true;
  }
}

session_time true_session_time(const testimony& master, host_time truth) {
  return session_time{master.clock.at(truth) - master.session_zero};
}

host_time truth_of(const testimony& master, session_time t) {
  return master.clock.truth(master.session_zero + t.time_since_epoch());
}

report judge(const std::vector<testimony>& members, const options& o, const music& m,
             host_time jam_began) {
  report r;
  r.music_s = static_cast<double>(m.duration.count()) * 1e-9;
  r.asymmetry_allowance_us = microseconds(jamnet::clock_estimator_options{}.asymmetry_allowance);
  const testimony& master = members.front();
  clock_record all;
  std::vector<double> latencies;
  std::vector<shared::recording> recordings;
  for (const testimony& member : members) {
    peer_report p;
    p.name = member.name;
    p.offset_s = static_cast<double>(member.clock.offset.count()) * 1e-9;
    p.skew_ppm = member.clock.skew * 1e6;
    p.sent = member.sent.size();
    p.stuck = member.stuck;
    if (o.net_report) p.links = member.net;
    judge_events(member, members, p, latencies);
    clock_record mine;
    judge_clock(member, master, jam_began + settling, mine, all);
    p.clock_error_us = shared::distribution_of(mine.errors_us);
    p.bound_mean_us = mine.mean_bound();
    p.bound_held = mine.share_held();
    r.events_sent += p.sent;
    r.events_received += p.received;
    r.events_lost += p.lost;
    r.events_duplicated += p.duplicated;
    r.events_late += p.late;
    r.notes_stuck += p.stuck;
    r.peers.push_back(std::move(p));
    recordings.push_back(
        {shared::read_wav(o.out / (member.name + ".wav")), member.first_sample, member.clock});
  }
  r.latency_us = shared::distribution_of(latencies);
  r.clock_samples = all.errors_us.size();
  r.bound_mean_us = all.mean_bound();
  r.bound_held = all.share_held();
  r.clock_error_us = shared::distribution_of(std::move(all.errors_us));

  std::set<host_time> onsets;
  for (const testimony& member : members)
    for (const auto& [seq, s] : member.sent)
      if (s.starts) onsets.insert(truth_of(master, s.sounds));
  const std::vector<host_time> in_order{onsets.begin(), onsets.end()};
  auto errors = shared::onset_errors(recordings, in_order);
  r.onsets = errors.size();
  r.onset_error_samples = shared::distribution_of(std::move(errors));
  return r;
}

timeline draw(const std::vector<testimony>& members, session_time begin) {
  timeline t;
  const testimony& master = members.front();
  const auto seconds = [&](session_time s) {
    return static_cast<double>((s - begin).count()) * 1e-9;
  };
  std::map<std::string, const testimony*> by_id;
  for (const testimony& m : members) by_id[m.id] = &m;
  for (std::size_t i = 0; i < members.size(); ++i) {
    const testimony& m = members[i];
    t.names.push_back(m.name);
    for (const auto& [seq, s] : m.sent) t.sent.push_back({seconds(s.sounds), i, false});
    for (const auto& h : m.heard)
      if (const auto from = by_id.find(h.from);
          from != by_id.end() && from->second->sent.count(h.seq) > 0)
        t.heard.push_back({seconds(true_session_time(master, h.truth)), i, h.late});
    auto& clock = t.clocks.emplace_back();
    for (const auto& r : m.readings)
      clock.push_back({seconds(r.session),
                       microseconds(r.session - true_session_time(master, r.truth)),
                       microseconds(r.bound)});
  }
  return t;
}

} // namespace jam
