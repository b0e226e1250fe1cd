// The Lua that changes approvals inside Redis. Each script is one compare-and-set: it reads the present state, decides, writes, appends the
// change to the event stream and wakes whoever waits, or does nothing at all. Time is Redis's own, so that replicas cannot disagree.
// Keys: KEYS[1] is the prefix with a hash tag, so all keys of an installation live in one cluster slot. Nothing here re-encodes JSON of others.

/** Kinds of entries in the event stream; each is one change. */
export const eventKinds = [
  "requested",
  "voted",
  "approved",
  "denied",
  "expired",
  "cancelled",
  "used",
  "lapsed",
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
local function close(id, a, state)
  redis.call('HSET', key('approval', id), 'state', state)
  if a.state == 'pending' then redis.call('HSET', key('approval', id), 'decidedAt', text(now)) end
  if redis.call('GET', key('open', a.digest)) == id then redis.call('DEL', key('open', a.digest)) end
  redis.call('ZREM', key('pending', a.principal), id)
  redis.call('PEXPIRE', key('approval', id), a.historyMs)
  redis.call('PEXPIRE', key('refs', id), a.historyMs)
  a.state = state
  emit(id, state)
end
-- What time has done since the last look, whether or not a job came by to do it.
local function settle(id, a)
  if a.state == 'pending' and now >= tonumber(a.expiresAt) then close(id, a, 'expired') end
  if a.state == 'approved' and now >= tonumber(a.grantUntil) then close(id, a, 'lapsed') end
end
local function answer(outcome, id)
  return { outcome, redis.call('HGETALL', key('approval', id)) }
end
`;

/** ARGV: now, digest, new id, principal, ask, terms, need, expireMs, grantMs, historyMs, pendingMax. */
const ask = `
local digest, id, principal = ARGV[2], ARGV[3], ARGV[4]
local denied = redis.call('GET', key('denied', digest))
if denied and load(denied) then return answer('denied', denied) end
local open = redis.call('GET', key('open', digest))
local a = open and load(open)
if a then
  settle(open, a)
  -- Other terms than those that people were shown: what they say of the old ones is not an answer to the new.
  if a.terms ~= ARGV[6] and a.state == 'pending' then close(open, a, 'cancelled') end
  if a.terms ~= ARGV[6] and a.state == 'approved' then close(open, a, 'lapsed') end
  if a.state == 'pending' then return answer('pending', open) end
  if a.state == 'approved' then close(open, a, 'used') return answer('used', open) end
end
redis.call('ZREMRANGEBYSCORE', key('pending', principal), '-inf', text(now))
if redis.call('ZCARD', key('pending', principal)) >= tonumber(ARGV[11]) then return { 'limit', {} } end
local kept = tonumber(ARGV[8]) + tonumber(ARGV[9]) + tonumber(ARGV[10])
local expiresAt = text(now + tonumber(ARGV[8]))
redis.call('HSET', key('approval', id), 'id', id, 'digest', digest, 'principal', principal, 'ask', ARGV[5], 'terms', ARGV[6],
  'need', ARGV[7], 'state', 'pending', 'createdAt', text(now), 'expiresAt', expiresAt, 'grantMs', ARGV[9], 'historyMs', ARGV[10])
redis.call('PEXPIRE', key('approval', id), kept)
redis.call('SET', key('open', digest), id, 'PX', text(kept))
redis.call('ZADD', key('pending', principal), expiresAt, id)
redis.call('PEXPIRE', key('pending', principal), kept)
redis.call('ZADD', P .. ':index', text(now), id)
redis.call('ZREMRANGEBYSCORE', P .. ':index', '-inf', text(now - kept))
emit(id, 'requested')
return answer('pending', id)
`;

/** ARGV: now, id, person, vote, answer, satisfied (comma separated), denialMs. */
const vote = `
local id, field = ARGV[2], 'vote:' .. ARGV[3]
local a = load(id)
if not a then return { 'unknown', {} } end
settle(id, a)
if a.state ~= 'pending' then return answer('closed', id) end
local before = a[field] and cjson.decode(a[field]).answer
if before == ARGV[5] then return answer('voted', id) end
redis.call('HSET', key('approval', id), field, ARGV[4])
a[field] = ARGV[4]
if ARGV[5] == 'deny' then
  redis.call('SET', key('denied', a.digest), id, 'PX', ARGV[7])
  close(id, a, 'denied')
  return answer('counted', id)
end
local counted = {}
for name, value in pairs(a) do
  if string.sub(name, 1, 5) == 'vote:' then
    local cast = cjson.decode(value)
    if cast.answer == 'approve' then
      for _, requirement in ipairs(cast.satisfies) do counted[requirement] = (counted[requirement] or 0) + 1 end
    end
  end
end
local index, met = 0, true
for need in string.gmatch(a.need, '%d+') do
  if (counted[index] or 0) < tonumber(need) then met = false end
  index = index + 1
end
if met and index > 0 then
  redis.call('HSET', key('approval', id), 'state', 'approved', 'decidedAt', text(now), 'grantUntil', text(now + tonumber(a.grantMs)))
  redis.call('ZREM', key('pending', a.principal), id)
  emit(id, 'approved')
else
  emit(id, 'voted')
end
return answer('counted', id)
`;

/** ARGV: now, id. Of any number of callers exactly one is told `used`. */
const consume = `
local a = load(ARGV[2])
if not a then return { 'unknown', {} } end
settle(ARGV[2], a)
if a.state == 'approved' then close(ARGV[2], a, 'used') return answer('used', ARGV[2]) end
return answer('state', ARGV[2])
`;

/** ARGV: now, id. Does what time asks for and tells the present state. */
const settle = `
local a = load(ARGV[2])
if not a then return { 'unknown', {} } end
settle(ARGV[2], a)
return answer('state', ARGV[2])
`;

/** ARGV: now, id. */
const cancel = `
local a = load(ARGV[2])
if not a then return { 'unknown', {} } end
settle(ARGV[2], a)
if a.state ~= 'pending' then return answer('closed', ARGV[2]) end
close(ARGV[2], a, 'cancelled')
return answer('counted', ARGV[2])
`;

/** ARGV: now, id, result. The first report stands. */
const report = `
local a = load(ARGV[2])
if not a then return { 'unknown', {} } end
if a.state ~= 'used' or a.result then return answer('closed', ARGV[2]) end
redis.call('HSET', key('approval', ARGV[2]), 'result', ARGV[3])
emit(ARGV[2], 'reported')
return answer('counted', ARGV[2])
`;

export type ScriptName = "ask" | "vote" | "consume" | "settle" | "cancel" | "report";

export const scripts: Readonly<Record<ScriptName, string>> = {
  ask: library + ask,
  vote: library + vote,
  consume: library + consume,
  settle: library + settle,
  cancel: library + cancel,
  report: library + report,
};
