// The Lua that changes approvals inside Redis. Each script is one compare-and-set: it reads the present state, decides, writes, appends the
// change to the event stream and wakes whoever waits, or does nothing at all. Time is Redis's own, so that replicas cannot disagree.
// Keys: KEYS[1] is the prefix with a hash tag, so all keys of an installation live in one cluster slot. Nothing here re-encodes JSON of others.

/** Kinds of entries in the event stream; each is one change. */
export const eventKinds = [
  "requested",
  "voted",
  "approved",
  "broken-glass",
  "denied",
  "expired",
  "cancelled",
  "used",
  "released",
  "lapsed",
  "void",
  "unknown",
  "reported",
] as const;
export type ApprovalEventKind = (typeof eventKinds)[number];

const library = `
local P = KEYS[1]
local now
if tonumber(ARGV[1]) > 0 then now = tonumber(ARGV[1]) else
  local t = redis.call('TIME')
  now = tonumber(t[1]) * 1000 + math.floor(tonumber(t[2]) / 1000)
end
local function text(number) return string.format('%.0f', number) end
local function key(kind, name) return P .. ':' .. kind .. ':' .. name end
local function set(id, ...) redis.call('HSET', key('approval', id), ...) end
local function load(id)
  local flat = redis.call('HGETALL', key('approval', id))
  if #flat == 0 then return nil end
  local a = {}
  for i = 1, #flat, 2 do a[flat[i]] = flat[i + 1] end
  return a
end
local function emit(id, kind)
  redis.call('HINCRBY', key('approval', id), 'version', 1)
  redis.call('XADD', P .. ':events', 'MAXLEN', '~', '100000', '*', 'id', id, 'kind', kind, 'at', text(now))
  redis.call('PUBLISH', P .. ':changes', id)
end
local function release(kind, name, id)
  if redis.call('GET', key(kind, name)) == id then redis.call('DEL', key(kind, name)) end
end
local function close(id, a, state, note)
  set(id, 'state', state)
  if note then set(id, 'note', note) end
  if a.state == 'pending' then set(id, 'decidedAt', text(now)) end
  release('open', a.digest, id)
  release('subject', a.subject or '', id)
  redis.call('ZREM', key('pending', a.principal), id)
  redis.call('ZREM', P .. ':waiting', id)
  redis.call('ZREM', P .. ':elevations', id)
  redis.call('PEXPIRE', key('approval', id), a.historyMs)
  redis.call('PEXPIRE', key('refs', id), a.historyMs)
  a.state = state
  emit(id, state)
end
local function grant(id, a, from, kind)
  local grantUntil = text(math.max(now, from) + tonumber(a.grantMs))
  set(id, 'state', 'approved', 'decidedAt', text(now), 'grantUntil', grantUntil)
  redis.call('ZREM', key('pending', a.principal), id)
  redis.call('ZREM', P .. ':waiting', id)
  local kept = tonumber(grantUntil) - now + tonumber(a.historyMs)
  for _, name in ipairs({ key('approval', id), key('refs', id), key('open', a.digest), key('subject', a.subject) }) do
    redis.call('PEXPIRE', name, text(kept))
  end
  if a.role ~= '' then redis.call('ZADD', P .. ':elevations', grantUntil, id) end
  a.state, a.grantUntil = 'approved', grantUntil
  emit(id, kind)
end
-- What time has done since the last look, whether or not a job came by to do it.
local function settle(id, a)
  if a.state == 'pending' and now >= tonumber(a.expiresAt) then close(id, a, 'expired') end
  if a.state == 'approved' and now >= tonumber(a.grantUntil) then close(id, a, 'lapsed') end
end
local function answer(outcome, id)
  return { outcome, redis.call('HGETALL', key('approval', id)) }
end
-- need is 'count:stage' by requirement; the stage whose people are asked is the lowest that lacks somebody.
local function stageOf(a)
  local counted = {}
  for name, value in pairs(a) do
    if string.sub(name, 1, 5) == 'vote:' then
      local cast = cjson.decode(value)
      if cast.answer == 'approve' then
        for _, requirement in ipairs(cast.satisfies) do counted[requirement] = (counted[requirement] or 0) + 1 end
      end
    end
  end
  local index, open, last = 0, nil, 1
  for count, stage in string.gmatch(a.need, '(%d+):(%d+)') do
    stage = tonumber(stage)
    last = math.max(last, stage)
    if (counted[index] or 0) < tonumber(count) and (open == nil or stage < open) then open = stage end
    index = index + 1
  end
  return open, last, index
end
`;

/** ARGV: now, digest, new id, principal, ask, terms, need, expireMs, grantMs, historyMs, pendingMax, subject, role, first stage. */
const ask = `
local digest, id, principal, subject = ARGV[2], ARGV[3], ARGV[4], ARGV[12]
local denied = redis.call('GET', key('denied', digest))
if denied and load(denied) then return answer('denied', denied) end
local open = redis.call('GET', key('open', digest))
local a = open and load(open)
if a then
  settle(open, a)
  -- Other terms than those that people were shown: what they say of the old ones is not an answer to the new.
  if a.terms ~= ARGV[6] and (a.state == 'pending' or a.state == 'approved') then
    close(open, a, 'void', 'the policy asks for other approvals now')
  end
  if a.state == 'pending' then return answer('pending', open) end
  if a.state == 'approved' then return answer('granted', open) end
end
local before = redis.call('GET', key('subject', subject))
local b = before and before ~= open and load(before)
if b then
  settle(before, b)
  if b.state == 'pending' or b.state == 'approved' then
    close(before, b, 'void', 'what it was about has changed since it was asked for')
  else before = '' end
else before = '' end
redis.call('ZREMRANGEBYSCORE', key('pending', principal), '-inf', text(now))
if redis.call('ZCARD', key('pending', principal)) >= tonumber(ARGV[11]) then return { 'limit', {} } end
local kept = tonumber(ARGV[8]) + tonumber(ARGV[9]) + tonumber(ARGV[10])
local expiresAt = text(now + tonumber(ARGV[8]))
set(id, 'id', id, 'digest', digest, 'subject', subject, 'principal', principal, 'ask', ARGV[5], 'terms', ARGV[6],
  'need', ARGV[7], 'state', 'pending', 'createdAt', text(now), 'expiresAt', expiresAt, 'grantMs', ARGV[9], 'historyMs', ARGV[10],
  'role', ARGV[13], 'stage', ARGV[14], 'replaces', before)
redis.call('PEXPIRE', key('approval', id), kept)
redis.call('SET', key('open', digest), id, 'PX', text(kept))
redis.call('SET', key('subject', subject), id, 'PX', text(kept))
redis.call('ZADD', key('pending', principal), expiresAt, id)
redis.call('PEXPIRE', key('pending', principal), kept)
redis.call('ZADD', P .. ':waiting', expiresAt, id)
redis.call('ZADD', P .. ':index', text(now), id)
redis.call('ZREMRANGEBYSCORE', P .. ':index', '-inf', text(now - kept))
emit(id, 'requested')
return answer('pending', id)
`;

/** ARGV: now, id, person, vote, answer, denialMs, version, grant from, then the persons who no longer count. */
const vote = `
local id, field = ARGV[2], 'vote:' .. ARGV[3]
local a = load(id)
if not a then return { 'unknown', {} } end
settle(id, a)
if a.state ~= 'pending' then return answer('closed', id) end
-- Whoever counted looked at another state: look again.
if a.version ~= ARGV[7] then return answer('again', id) end
for i = 9, #ARGV do
  redis.call('HDEL', key('approval', id), 'vote:' .. ARGV[i])
  a['vote:' .. ARGV[i]] = nil
end
local before = a[field] and cjson.decode(a[field]).answer
if before == ARGV[5] then return answer('voted', id) end
set(id, field, ARGV[4])
a[field] = ARGV[4]
if ARGV[5] == 'deny' then
  redis.call('SET', key('denied', a.digest), id, 'PX', ARGV[6])
  close(id, a, 'denied')
  return answer('counted', id)
end
if ARGV[5] == 'break-glass' then
  grant(id, a, now, 'broken-glass')
  return answer('counted', id)
end
local open, last, requirements = stageOf(a)
set(id, 'stage', text(open or last))
if open == nil and requirements > 0 then grant(id, a, tonumber(ARGV[8]), 'approved') else emit(id, 'voted') end
return answer('counted', id)
`;

/** ARGV: now, id. Of any number of callers exactly one is told `used`. */
const consume = `
local a = load(ARGV[2])
if not a then return { 'unknown', {} } end
settle(ARGV[2], a)
if a.state == 'approved' and a.role == '' then close(ARGV[2], a, 'used') return answer('used', ARGV[2]) end
return answer('state', ARGV[2])
`;

/** ARGV: now, id. Does what time asks for and tells the present state. */
const settle = `
local a = load(ARGV[2])
if not a then return { 'unknown', {} } end
settle(ARGV[2], a)
return answer('state', ARGV[2])
`;

/** ARGV: now, id, cancelled or void, note, then the states in which it may be closed so. */
const end = `
local a = load(ARGV[2])
if not a then return { 'unknown', {} } end
settle(ARGV[2], a)
for i = 5, #ARGV do
  if a.state == ARGV[i] then
    close(ARGV[2], a, ARGV[3], ARGV[4])
    return answer('counted', ARGV[2])
  end
end
return answer('closed', ARGV[2])
`;

/** ARGV: now, id, result. The first report stands, but for UNKNOWN, which is only that nobody has heard yet. */
const report = `
local id, result = ARGV[2], ARGV[3]
local a = load(id)
if not a then return { 'unknown', {} } end
if a.state == 'unknown' and result ~= 'UNKNOWN' then
  set(id, 'state', 'used', 'result', result)
  emit(id, 'reported')
  return answer('counted', id)
end
if a.state ~= 'used' or a.result then return answer('closed', id) end
set(id, 'result', result)
if result == 'UNKNOWN' then
  set(id, 'state', 'unknown')
  emit(id, 'unknown')
else emit(id, 'reported') end
return answer('counted', id)
`;

/** ARGV: now, id. What was used up for a run that provably sent nothing can be used again, unless its time is over or it was asked anew. */
const giveBack = `
local id = ARGV[2]
local a = load(id)
if not a then return { 'unknown', {} } end
if a.state ~= 'used' or a.result then return answer('closed', id) end
local left = tonumber(a.grantUntil) - now
if left <= 0 or redis.call('EXISTS', key('open', a.digest)) == 1 then return answer('closed', id) end
set(id, 'state', 'approved')
local kept = text(left + tonumber(a.historyMs))
redis.call('SET', key('open', a.digest), id, 'PX', kept)
redis.call('SET', key('subject', a.subject), id, 'PX', kept)
redis.call('PEXPIRE', key('approval', id), kept)
redis.call('PEXPIRE', key('refs', id), kept)
emit(id, 'released')
return answer('counted', id)
`;

const bodies = { ask, vote, consume, settle, end, report, giveBack } as const;
export type ScriptName = keyof typeof bodies;

export const scripts = Object.fromEntries(
  Object.entries(bodies).map(([name, body]) => [name, library + body]),
) as Readonly<Record<ScriptName, string>>;
