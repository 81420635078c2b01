#!lua name=ho
-- The fenced view of one partition. KEYS: states (hash), meta (hash: owner, applied, cluster, v:<view>), due (sorted set:
-- state keys by their earliest due time), waits (hash: state key to the tokens it waits for, a line each). Views are
-- {<ns>:<processor>:<p>}:v:<view>, of the same hash tag.
-- A caller that is not the owner, or that does not know the offset applied last, gets FENCED and must end.
-- Lua's unpack takes fewer than 8,000 values: longer lists go in steps.
local STEP = 4000

local function fenced(meta, owner, applied)
  local now = redis.call('HMGET', meta, 'owner', 'applied')
  if now[1] ~= owner then return 'FENCED another instance owns this partition' end
  if (now[2] or '-1') ~= applied then return 'FENCED the view holds offset ' .. (now[2] or '-1') .. ', not ' .. applied end
  return nil
end

local function in_steps(command, key, list)
  for i = 1, #list, STEP do redis.call(command, key, unpack(list, i, math.min(i + STEP - 1, #list))) end
end

local function view_key(keys, view) return string.sub(keys[1], 1, -2) .. 'v:' .. view end

local function unlink_all(keys)
  for _, field in ipairs(redis.call('HKEYS', keys[2])) do
    if string.sub(field, 1, 2) == 'v:' then redis.call('UNLINK', view_key(keys, string.sub(field, 3))) end
  end
  redis.call('UNLINK', keys[1], keys[2], keys[3], keys[4])
end

-- args: owner, cluster, end of the changelog. Returns the applied offset, -1 for an empty view.
local function claim(keys, args)
  local now = redis.call('HMGET', keys[2], 'applied', 'cluster')
  local applied = tonumber(now[1] or '-1')
  if now[2] ~= args[2] or applied > tonumber(args[3]) then
    unlink_all(keys)
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

-- args: owner, applied, count. The first `count` of the due index: key, time, key, time ...
local function due(keys, args)
  local refusal = fenced(keys[2], args[1], args[2])
  if refusal then return redis.error_reply(refusal) end
  return redis.call('ZRANGE', keys[3], 0, tonumber(args[3]) - 1, 'WITHSCORES')
end

-- args: owner, applied. Every state that waits: key, tokens, key, tokens ...
local function waits(keys, args)
  local refusal = fenced(keys[2], args[1], args[2])
  if refusal then return redis.error_reply(refusal) end
  return redis.call('HGETALL', keys[4])
end

-- One column of the rows: what is empty is removed, the rest is set. The sorted set wants the score before the member.
local function write_column(rows, key, set, remove, score_first)
  local some, gone = {}, {}
  for i = 1, rows.count do
    local at = rows.first + (i - 1) * rows.columns
    local name, value = rows.args[at], rows.args[at + rows.column]
    if value == '' then
      gone[#gone + 1] = name
    else
      some[#some + 1] = score_first and value or name
      some[#some + 1] = score_first and name or value
    end
  end
  in_steps(set, key, some)
  in_steps(remove, key, gone)
end

-- View operations, four arguments each: h set a field, z set a score, H and Z remove; view; field; value or score. One call
-- a view and kind; what is removed goes first, so that an entry which one state gives up and another takes stays.
local function write_views(keys, args, first)
  local commands = {H = 'HDEL', Z = 'ZREM', h = 'HSET', z = 'ZADD'}
  local lists, views = {H = {}, Z = {}, h = {}, z = {}}, {}
  for i = first, #args, 4 do
    local op, view = args[i], args[i + 1]
    local list = lists[op][view]
    if not list then
      list = {}
      lists[op][view] = list
      views[view] = true
    end
    if op == 'h' or op == 'H' then list[#list + 1] = args[i + 2] end
    if op == 'h' or op == 'z' then list[#list + 1] = args[i + 3] end
    if op == 'z' or op == 'Z' then list[#list + 1] = args[i + 2] end
  end
  for _, op in ipairs({'H', 'Z', 'h', 'z'}) do
    for view, list in pairs(lists[op]) do in_steps(commands[op], view_key(keys, view), list) end
  end
  for view in pairs(views) do redis.call('HSETNX', keys[2], 'v:' .. view, '1') end
end

-- args: owner, applied before, applied after, columns, rows; then the rows: key, value (empty removes), with three
-- columns the due time (empty: none), with four the tokens (empty: none); then view operations.
local function flush(keys, args)
  local refusal = fenced(keys[2], args[1], args[2])
  if refusal then
    -- The answer to an earlier try was lost: it is done already.
    if not fenced(keys[2], args[1], args[3]) then return 0 end
    return redis.error_reply(refusal)
  end
  local rows = {args = args, first = 6, columns = tonumber(args[4]), count = tonumber(args[5]), column = 1}
  write_column(rows, keys[1], 'HSET', 'HDEL')
  if rows.columns > 2 then
    rows.column = 2
    write_column(rows, keys[3], 'ZADD', 'ZREM', true)
  end
  if rows.columns > 3 then
    rows.column = 3
    write_column(rows, keys[4], 'HSET', 'HDEL')
  end
  write_views(keys, args, rows.first + rows.count * rows.columns)
  redis.call('HSET', keys[2], 'applied', args[3])
  return rows.count
end

-- Everything of the partition, for comparison: applied; states; due index; waits; views as name, field, value, score.
local function dump(keys)
  local views = {}
  for _, field in ipairs(redis.call('HKEYS', keys[2])) do
    local view = string.match(field, '^v:(.*)$')
    local kind = view and redis.call('TYPE', view_key(keys, view)).ok
    local list = kind == 'hash' and redis.call('HGETALL', view_key(keys, view))
      or kind == 'zset' and redis.call('ZRANGE', view_key(keys, view), 0, -1, 'WITHSCORES') or {}
    for i = 1, #list, 2 do
      views[#views + 1] = view
      views[#views + 1] = kind
      views[#views + 1] = list[i]
      views[#views + 1] = list[i + 1]
    end
  end
  return {redis.call('HGET', keys[2], 'applied') or '-1', redis.call('HGETALL', keys[1]),
    redis.call('ZRANGE', keys[3], 0, -1, 'WITHSCORES'), redis.call('HGETALL', keys[4]), views}
end

redis.register_function('ho_claim', claim)
redis.register_function{function_name = 'ho_dump', callback = dump, flags = {'no-writes'}}
redis.register_function{function_name = 'ho_load', callback = load, flags = {'no-writes'}}
redis.register_function{function_name = 'ho_due', callback = due, flags = {'no-writes'}}
redis.register_function{function_name = 'ho_waits', callback = waits, flags = {'no-writes'}}
redis.register_function('ho_flush', flush)
