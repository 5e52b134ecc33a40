// SPDX-License-Identifier: MIT
//
// The room's key, which all come to agree on: that of the greatest epoch, and of two of one epoch
// the greater. Who hears of a greater one tells everybody who may not have; whoever expels somebody
// makes the next, which that one is not told.
#pragma once

#include <jamnet/secure/sealed_carrier.hpp>

namespace jamnet::inline v0::secure {

inline secret<32> sealed_carrier::group_key(peer_id sender,
                                            const std::array<std::uint8_t, 16>& salt) const {
  std::array<std::uint8_t, 24> whose;
  store_be(whose.data(), sender.value);
  std::memcpy(whose.data() + 8, salt.data(), salt.size());
  const auto key = derive(room_key_.view(), "TOAST 1 sealed for all", whose);
  tell_key_(sender, {}, key);
  return key;
}

inline void sealed_carrier::change_room_key(std::uint64_t epoch) {
  epoch_ = epoch;
  random_(room_key_);
  spread_news();
}

// Everybody is told who has not said it already, and what was sealed for all before counts no more.
inline void sealed_carrier::spread_news() {
  own_group_key_ = group_key(self_.peer, group_salt_);
  for (const auto& c : channels_) {
    c->group_ready = false;
    const bool knows = c->their_epoch == epoch_ && room_key_.equals(c->their_key);
    if (!c->expelled && !knows) c->news_at = host_time::min();
  }
  news_at_ = host_time::min();
}

inline void sealed_carrier::heard_news(channel& from, const toast::room_news& news) {
  const bool same = news.epoch == epoch_ && (epoch_ == 0 || room_key_.equals(news.key));
  if (news.have) {
    if (same) from.news_at = host_time::max();
    return;
  }
  if (from.salt != news.salt) {
    from.salt = news.salt;
    from.group_window = toast::replay_window{news.counter};
    from.group_ready = false;
  }
  from.their_epoch = news.epoch;
  from.their_key = news.key;
  from.have_due = true;
  news_at_ = host_time::min();
  bool unknown_there = false; // somebody expelled whom they would tell the key
  for (const peer_id id : expelled_) {
    const auto end = news.expelled.begin() + static_cast<std::ptrdiff_t>(news.expelled_count);
    unknown_there = unknown_there || std::find(news.expelled.begin(), end, id) == end;
  }
  const bool unknown_here = learn_expelled(news);
  const bool greater =
      news.epoch > epoch_ || (news.epoch == epoch_ && epoch_ != 0 && news.key > room_key_.bytes());
  if (greater) {
    epoch_ = news.epoch;
    room_key_ = secret<32>{news.key};
    spread_news();
  }
  if (greater ? unknown_there : unknown_here)
    change_room_key(epoch_ + 1);
  else if (!greater && !same)
    from.news_at = host_time::min();
}

// Whether somebody was expelled of whom we had not heard.
inline bool sealed_carrier::learn_expelled(const toast::room_news& news) {
  bool any = false;
  for (std::size_t i = 0; i < news.expelled_count; ++i) {
    const peer_id id = news.expelled[i];
    if (id == self_.peer || is_expelled(id)) continue;
    any = true;
    if (expelled_.size() >= toast::room_news::expelled_limit) expelled_.erase(expelled_.begin());
    expelled_.push_back(id);
    for (const auto& c : channels_) c->expelled = c->expelled || c->peer == id;
    turned_away(id, errc::not_admitted);
  }
  return any;
}

inline void sealed_carrier::expel(peer_id who) {
  if (who == self_.peer || is_expelled(who)) return;
  toast::room_news news;
  news.expelled[news.expelled_count++] = who;
  (void)learn_expelled(news);
  change_room_key(epoch_ + 1);
}

inline std::size_t sealed_carrier::write_news(channel& c, std::span<std::uint8_t> out,
                                              host_time now) {
  toast::room_news news;
  if (std::exchange(c.have_due, false)) {
    news.epoch = c.their_epoch;
    news.key = c.their_key;
    news.have = true;
  } else {
    c.news_at = now + hello_interval; // until it says that it has it
    news.epoch = epoch_;
    news.key = room_key_.bytes();
    news.salt = group_salt_;
    news.counter = group_counter_;
    for (const peer_id id : expelled_) news.expelled[news.expelled_count++] = id;
  }
  std::array<std::uint8_t, toast::datagram_limit> frames;
  const auto size = write_clear(frames, c.where, c.peer, toast::type::room, news);
  return seal_for(c, bytes_view{frames}.first(size), peer_frame_size(c.where), out);
}

} // namespace jamnet::inline v0::secure
