-- SPDX-License-Identifier: MIT
-- wsman.lua KIND AUTH MESSAGE [PULL]: what wrk asks, for tests/bench/wsman; ends with one line of numbers.
--
-- MESSAGE and PULL are files with bodies, AUTH is the value of the Authorization header or "none".
--   same      MESSAGE, always
--   numbered  MESSAGE with @NUMBER@ replaced by another number each time
--   walk      MESSAGE opens an enumeration, PULL with @CONTEXT@ goes on with one until it ends; contexts that are
--             open wait in a list, for wrk does not tell which connection asks
local threads = {}

function setup(thread)
	table.insert(threads, thread)
end

local function read(path)
	local file = assert(io.open(path, "rb"))
	local text = file:read("*a")
	file:close()
	return text
end

local function around(text, mark)
	local from, to = text:find(mark, 1, true)
	return text:sub(1, from - 1), text:sub(to + 1)
end

local function count(text, what)
	local n, at = 0, 1
	while true do
		local from, to = text:find(what, at, true)
		if not from then
			return n
		end
		n, at = n + 1, to + 1
	end
end

local function ask_numbered(message)
	local before, after = around(message, "@NUMBER@")
	local number = 0
	request = function()
		number = number + 1
		return wrk.format(nil, nil, nil, before .. number .. after)
	end
end

local function ask_walk(message, pull)
	local open, first = {}, wrk.format(nil, nil, nil, message)
	local before, after = around(pull, "@CONTEXT@")
	request = function()
		local context = table.remove(open, 1)
		return context and wrk.format(nil, nil, nil, before .. context .. after) or first
	end
	response = function(status, headers, body)
		items = items + count(body, "</p:BitsClientJob>")
		local context = body:match("<n:EnumerationContext>([^<]+)<")
		if context then
			table.insert(open, context)
		end
	end
end

function init(args)
	local kind, auth, message = args[1], args[2], read(args[3])
	items = 0
	wrk.method = "POST"
	wrk.headers["Content-Type"] = "application/soap+xml;charset=UTF-8"
	if auth ~= "none" then
		wrk.headers["Authorization"] = auth
	end
	if kind == "numbered" then
		ask_numbered(message)
	elseif kind == "walk" then
		ask_walk(message, read(args[4]))
	else
		local same = wrk.format(nil, nil, nil, message)
		request = function() return same end
	end
end

function done(summary, latency)
	local got, e = 0, summary.errors
	for _, thread in ipairs(threads) do
		got = got + thread:get("items")
	end
	io.write(string.format("NUMBERS %d %d %d %d %d %d\n", summary.requests, summary.duration, latency:percentile(50),
		latency:percentile(99), got, e.connect + e.read + e.write + e.timeout + e.status))
end
