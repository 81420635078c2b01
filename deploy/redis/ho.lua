#!lua name=ho
-- The fenced view of one partition. KEYS: states (a hash), meta (a hash: owner, applied, cluster).
-- A caller that is not the owner, or that does not know the offset applied last, gets FENCED and must end.
-- Lua's unpack takes fewer than 8,000 values: longer lists go in steps.
local STEP = 4000

local function fenced(meta, owner, applied)
  local now = redis.call('HMGET', meta, 'owner', 'applied')
  if now[1] ~= owner then return 'FENCED another instance owns this partition' end
  if (now[2] or '-1') ~= applied then return 'FENCED the view holds offset ' .. (now[2] or '-1') .. ', not ' .. applied end
  return nil
end

-- args: owner, cluster, end of the changelog. Returns the applied offset, -1 for an empty view.
local function claim(keys, args)
  local now = redis.call('HMGET', keys[2], 'applied', 'cluster')
  local applied = tonumber(now[1] or '-1')
  if now[2] ~= args[2] or applied > tonumber(args[3]) then
    redis.call('UNLINK', keys[1], keys[2])
    applied = -1
  end
  redis.call('HSET', keys[2], 'owner', args[1], 'cluster', args[2], 'applied', tostring(applied))
  return tostring(applied)
end

-- args: owner, applied, state keys ...
local function load(keys, args)
  local refusal = fenced(keys[2], args[1], args[2])
  if refusal then return redis.error_reply(refusal) end
  local values = {}
  for i = 3, #args, STEP do
    local part = redis.call('HMGET', keys[1], unpack(args, i, math.min(i + STEP - 1, #args)))
    for j = 1, #part do values[#values + 1] = part[j] end
  end
  return values
end

-- args: owner, applied before, applied after, then key, value ... An empty value removes the key.
local function flush(keys, args)
  local refusal = fenced(keys[2], args[1], args[2])
  if refusal then
    -- The answer to an earlier try was lost: it is done already.
    if not fenced(keys[2], args[1], args[3]) then return 0 end
    return redis.error_reply(refusal)
  end
  local set, gone = {}, {}
  for i = 4, #args, 2 do
    if args[i + 1] == '' then
      gone[#gone + 1] = args[i]
    else
      set[#set + 1] = args[i]
      set[#set + 1] = args[i + 1]
    end
  end
  for i = 1, #set, STEP do redis.call('HSET', keys[1], unpack(set, i, math.min(i + STEP - 1, #set))) end
  for i = 1, #gone, STEP do redis.call('HDEL', keys[1], unpack(gone, i, math.min(i + STEP - 1, #gone))) end
  redis.call('HSET', keys[2], 'applied', args[3])
  return #set / 2 + #gone
end

redis.register_function('ho_claim', claim)
redis.register_function{function_name = 'ho_load', callback = load, flags = {'no-writes'}}
redis.register_function('ho_flush', flush)
