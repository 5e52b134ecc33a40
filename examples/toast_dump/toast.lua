-- TOAST for Wireshark: what toast_dump prints, as fields to filter by and to look into.
--
--   wireshark -X lua_script:toast.lua jam.pcap
--   tshark -X lua_script:toast.lua -r jam.pcap -Y 'toast.type == "MIDI"' -T fields -e toast.event
--
-- or put it into the folder that Wireshark's About, Folders, Personal Lua Plugins names. Ports 47800
-- and 47801 are TOAST's; on others it is known by what its datagrams and streams begin with. The
-- page of the protocol is include/jamnet/toast/README.md.

local toast = Proto("toast", "Transport Oriented Audio Synchronization Tunnel")
local f = {
  length = ProtoField.uint32("toast.length", "Length"),
  type = ProtoField.string("toast.type", "Type"),
  time = ProtoField.int64("toast.time", "Session time (ns)"),
  untimed = ProtoField.bool("toast.untimed", "Sender knows no session time"),
  sequence = ProtoField.uint32("toast.sequence", "Sequence"),
  payload = ProtoField.bytes("toast.payload", "Payload"),
  json = ProtoField.string("toast.json", "JSON"),
  event = ProtoField.string("toast.event", "Event"),
  crc = ProtoField.uint32("toast.crc", "CRC-32", base.HEX),
  crc_ok = ProtoField.bool("toast.crc_ok", "CRC is right"),
  session = ProtoField.uint64("toast.session", "Session", base.HEX),
  sender = ProtoField.uint64("toast.sender", "Sender", base.HEX),
  destination = ProtoField.uint64("toast.destination", "Destination", base.HEX),
  t1 = ProtoField.int64("toast.t1", "Asked, asker's clock (ns)"),
  t2 = ProtoField.int64("toast.t2", "Received, session time (ns)"),
  t3 = ProtoField.int64("toast.t3", "Answered, session time (ns)"),
  bound = ProtoField.uint32("toast.bound", "Answerer's bound (ns)"),
  hops = ProtoField.uint8("toast.hops", "Hops from the master"),
  epoch = ProtoField.uint8("toast.key_epoch", "Key epoch"),
  counter = ProtoField.uint64("toast.counter", "Counter"),
  sealed = ProtoField.bytes("toast.sealed", "Sealed frames"),
  tag = ProtoField.bytes("toast.tag", "Authentication tag"),
}
local fields = {}
for _, field in pairs(f) do fields[#fields + 1] = field end
toast.fields = fields

local bad_crc = ProtoExpert.new("toast.bad_crc", "The CRC does not match", expert.group.CHECKSUM,
                                expert.severity.ERROR)
local malformed = ProtoExpert.new("toast.malformed", "Not a frame", expert.group.MALFORMED,
                                  expert.severity.ERROR)
toast.experts = { bad_crc, malformed }

-- Wireshark's Lua is 5.2 with one library for bits or 5.4 with operators, as its version may be.
local bxor = bit and bit.bxor or bit32 and bit32.bxor
    or load("return function(a, b) return a ~ b end")()
local whole = 4294967296

local crc_table = {}
for n = 0, 255 do
  local c = n
  for _ = 1, 8 do
    local half = math.floor(c / 2)
    c = c % 2 == 1 and bxor(0xedb88320, half) % whole or half
  end
  crc_table[n] = c
end

local function crc32(range)
  local crc, bytes = whole - 1, range:bytes()
  for i = 0, bytes:len() - 1 do
    crc = bxor(crc_table[bxor(crc % 256, bytes:get_index(i)) % 256], math.floor(crc / 256)) % whole
  end
  return whole - 1 - crc
end

local function is_type(text)
  return text:match("^[A-Z_][A-Z_][A-Z_][A-Z_]$") ~= nil
end

-- Payloads that are no text: what each holds, in order.
local binary = {
  PEER = { size = 24, { f.session, 8 }, { f.sender, 8 }, { f.destination, 8 } },
  CLKQ = { size = 8, { f.t1, 8 } },
  CLKR = { size = 32, { f.t1, 8 }, { f.t2, 8 }, { f.t3, 8 }, { f.bound, 4 }, { f.hops, 1 } },
}

local function show_payload(type, range, tree)
  local form = binary[type]
  if form and range:len() == form.size then
    local at = 0
    for _, part in ipairs(form) do
      tree:add(part[1], range(at, part[2]))
      at = at + part[2]
    end
  elseif type == "SEAL" and range:len() >= 32 then
    tree:add(f.epoch, range(0, 1))
    tree:add(f.counter, range(8, 8))
    if range:len() > 32 then tree:add(f.sealed, range(16, range:len() - 32)) end
    tree:add(f.tag, range(range:len() - 16, 16))
  elseif type == "MIDI" or type == "TRAN" then
    local text, at = range:raw(), 1
    while at <= #text do
      local stop = text:find("\n", at, true) or #text + 1
      if stop > at then tree:add(f.event, range(at - 1, stop - at), text:sub(at, stop - 1)) end
      at = stop + 1
    end
  elseif range:len() > 0 and range(0, 1):uint() == 0x7b then -- {
    tree:add(f.json, range, (range:raw():gsub("%s+$", "")))
  end
end

-- The frame at the front; how many bytes it has, or nil for what is none.
local function dissect_frame(tvb, pinfo, root)
  local size = tvb:len() >= 24 and tvb(0, 4):uint() + 4 or 0
  local type = size > 0 and tvb(4, 4):raw() or ""
  if size < 24 or size > tvb:len() or not is_type(type) then
    root:add(toast, tvb()):add_proto_expert_info(malformed)
    return nil
  end
  local frame = tvb(0, size)
  local tree = root:add(toast, frame, "TOAST " .. type)
  tree:add(f.length, frame(0, 4))
  tree:add(f.type, frame(4, 4))
  if frame(8, 4):uint() == 0x80000000 and frame(12, 4):uint() == 0 then
    tree:add(f.untimed, frame(8, 8), true)
  else
    tree:add(f.time, frame(8, 8))
  end
  tree:add(f.sequence, frame(16, 4))
  if size > 24 then
    local payload = frame(20, size - 24)
    show_payload(type, payload, tree:add(f.payload, payload))
  end
  local right = frame(size - 4, 4):uint() == crc32(frame(0, size - 4))
  local crc = tree:add(f.crc, frame(size - 4, 4))
  crc:add(f.crc_ok, frame(size - 4, 4), right):set_generated()
  if not right then crc:add_proto_expert_info(bad_crc) end
  if type ~= "PEER" then pinfo.cols.info:append(type .. " ") end
  return size
end

local function begin(pinfo)
  pinfo.cols.protocol = "TOAST"
  pinfo.cols.info:set("")
end

local function dissect_datagram(tvb, pinfo, root)
  begin(pinfo)
  local at = 0
  while at < tvb:len() do
    local size = dissect_frame(tvb(at):tvb(), pinfo, root)
    if not size then break end
    at = at + size
  end
  return tvb:len()
end

local function dissect_stream(tvb, pinfo, root)
  begin(pinfo)
  dissect_tcp_pdus(tvb, root, 4, function(t, _, offset) return t(offset, 4):uint() + 4 end,
    function(t, p, r)
      dissect_frame(t, p, r)
      return t:len()
    end)
  return tvb:len()
end

local function begins_with_a_frame(tvb)
  if tvb:len() < 24 then return false end
  local length = tvb(0, 4):uint()
  return length >= 20 and length <= 20 + 1048576 and is_type(tvb(4, 4):raw())
end

function toast.dissector(tvb, pinfo, root)
  if pinfo.port_type == 2 then return dissect_stream(tvb, pinfo, root) end -- TCP
  return dissect_datagram(tvb, pinfo, root)
end

toast:register_heuristic("udp", function(tvb, pinfo, root)
  if not begins_with_a_frame(tvb) or tvb(4, 4):raw() ~= "PEER" then return false end
  dissect_datagram(tvb, pinfo, root)
  return true
end)
toast:register_heuristic("tcp", function(tvb, pinfo, root)
  if not begins_with_a_frame(tvb) then return false end
  dissect_stream(tvb, pinfo, root)
  pinfo.conversation = toast
  return true
end)
for _, port in ipairs({ 47800, 47801 }) do
  DissectorTable.get("udp.port"):add(port, toast)
  DissectorTable.get("tcp.port"):add(port, toast)
end
