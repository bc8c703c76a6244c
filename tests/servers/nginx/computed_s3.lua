-- An S3 whose source bucket is computed: nothing of an object is stored but whether it was copied.
-- computed_s3.py describes it. nginx runs one process, so that plain tables hold all that is known.
local ffi = require "ffi"

local SOURCE, DENIED = "source", "denied"
local XML = '<?xml version="1.0" encoding="UTF-8"?>\n'
local NAMESPACE = 'xmlns="http://s3.amazonaws.com/doc/2006-03-01/"'
local OLD = 1717408800 -- 2024-06-03T10:00:00Z: when the sources were last changed
local MOST_KEYS = 1000 -- that one answer of ListObjectsV2 holds (Amazon S3 API Reference)
local MOST_ZEROS = 1048576 -- bytes of a computed object that GET gives

local world = {}
local settings, counts, folders, stored, uploads, tokens

-- --- what is known ---------------------------------------------------------------------------

local function forget()
  folders = {[SOURCE] = {}} -- bucket → prefix → {prefix=, copied=array of one byte an object}
  folders[SOURCE][""] = {prefix = ""} -- without an array: all are there
  stored = {} -- bucket → {map: key → object, keys: sorted, or nil when it is not}
  uploads = {next = 1, open = {}}
end

local function reset_counts()
  counts = {refused = 0, ["in flight"] = 0, ["most in flight"] = 0, addresses = {}, operations = {}, copied = {}}
end

-- options: a table of numbers with the names in computed_s3.py
function world.configure(options)
  settings = options
  tokens = {left = options.burst, at = nil}
  forget()
  reset_counts()
end

-- --- computed objects ------------------------------------------------------------------------

local function key_of(index)
  return string.format("sample-%07d/reads-%09d.cram", math.floor(index / settings.folder), index)
end

-- The index of a computed key; nil: it is none.
local function index_of(key)
  local number = string.match(key, "^sample%-%d+/reads%-(%d+)%.cram$")
  local index = number and tonumber(number)
  if index and index < settings.objects and key_of(index) == key then
    return index
  end
end

local function part_etag(index, number)
  return ngx.md5_bin(index .. " " .. number)
end

local function hex(bytes)
  return (string.gsub(bytes, ".", function(c) return string.format("%02x", string.byte(c)) end))
end

local function composite(etags)
  return hex(ngx.md5_bin(table.concat(etags))) .. "-" .. #etags
end

local etags_of_parts = setmetatable({}, {__mode = "v"})

local function etag_of(index)
  if settings.parts == 0 then
    return ngx.md5(index)
  end
  local known = etags_of_parts[index]
  if not known then
    local etags = {}
    for number = 1, settings.parts do
      etags[number] = part_etag(index, number)
    end
    known = {composite(etags)}
    etags_of_parts[index] = known
  end
  return known[1]
end

local function size_of(index)
  if settings.parts > 0 then
    return settings.part_size * settings.parts
  end
  return settings.size + index % settings.sizes
end

-- --- objects, computed or stored ---------------------------------------------------------------

local ABSENT, COPIED, WHOLE = 0, 1, 2 -- of a computed object's copy; WHOLE: by one CopyObject, of many parts

local function folder_of(bucket, key, make)
  local prefix, rest = string.match(key, "^(.-)(sample%-%d+/reads%-%d+%.cram)$")
  local index = rest and index_of(rest)
  if not index then
    return
  end
  local of = folders[bucket]
  if not of then
    if not make then return nil, index end
    of = {}
    folders[bucket] = of
  end
  local folder = of[prefix]
  if not folder and make then
    folder = {prefix = prefix, copied = ffi.new("uint8_t[?]", settings.objects), at = ngx.time()}
    of[prefix] = folder
  end
  return folder, index
end

local function computed(index, state, at)
  local etag = state == WHOLE and ngx.md5("whole " .. index) or etag_of(index)
  local parts = state ~= WHOLE and settings.parts or 0
  return {size = size_of(index), etag = etag, at = at or OLD, index = index, parts = parts, headers = {}}
end

-- An object: {size=, etag=, at=, index=, parts=, headers=, body=}; nil: there is none.
local function find(bucket, key)
  local folder, index = folder_of(bucket, key)
  if folder then
    local state = folder.copied and folder.copied[index] or COPIED
    if state ~= ABSENT then
      return computed(index, state, folder.copied and folder.at)
    end
  end
  return stored[bucket] and stored[bucket].map[key]
end

local function remove(bucket, key)
  local folder, index = folder_of(bucket, key)
  if folder and folder.copied then
    folder.copied[index] = ABSENT
  end
  local of = stored[bucket]
  if of and of.map[key] then
    of.map[key], of.keys = nil, nil
  end
end

local function store(bucket, key, object)
  remove(bucket, key)
  stored[bucket] = stored[bucket] or {map = {}}
  stored[bucket].map[key], stored[bucket].keys = object, nil
end

-- Puts a copy of computed object `index` there, in state COPIED or WHOLE.
local function store_copy(bucket, key, index, state)
  local folder, there = folder_of(bucket, key, true)
  if folder and folder.copied and there == index then
    remove(bucket, key)
    folder.copied[index] = state
  else
    store(bucket, key, computed(index, state, ngx.time()))
  end
end

-- --- listing -----------------------------------------------------------------------------------

-- A stream has the keys of one folder, or the stored ones, in order: seek(from, after) goes to the first
-- key that is not below `from` (after: that is above it), head() tells the key, take() its object.

local function folder_stream(folder)
  local at = 0
  local stream = {}
  local function skip()
    local copied, last = folder.copied, settings.objects
    if copied then
      while at < last and copied[at] == ABSENT do at = at + 1 end
    end
  end
  function stream.seek(from, after)
    local low, high = 0, settings.objects
    while low < high do
      local middle = math.floor((low + high) / 2)
      local key = folder.prefix .. key_of(middle)
      if key < from or (after and key == from) then low = middle + 1 else high = middle end
    end
    at = low
    skip()
  end
  function stream.head()
    return at < settings.objects and folder.prefix .. key_of(at) or nil
  end
  function stream.take()
    local object = computed(at, folder.copied and folder.copied[at] or COPIED, folder.copied and folder.at)
    at = at + 1
    skip()
    return object
  end
  return stream
end

local function stored_stream(of)
  if not of.keys then
    of.keys = {}
    for key in pairs(of.map) do of.keys[#of.keys + 1] = key end
    table.sort(of.keys)
  end
  local at = 1
  local stream = {}
  function stream.seek(from, after)
    at = 1
    while of.keys[at] and (of.keys[at] < from or (after and of.keys[at] == from)) do at = at + 1 end
  end
  function stream.head() return of.keys[at] end
  function stream.take()
    at = at + 1
    return of.map[of.keys[at - 1]]
  end
  return stream
end

local function streams_of(bucket)
  local streams = {}
  for _, folder in pairs(folders[bucket] or {}) do
    streams[#streams + 1] = folder_stream(folder)
  end
  if stored[bucket] then
    streams[#streams + 1] = stored_stream(stored[bucket])
  end
  return streams
end

-- The stream with the lowest key that begins with prefix, and that key.
local function lowest(streams, prefix)
  local best, best_key
  for _, stream in ipairs(streams) do
    local key = stream.head()
    if key and string.sub(key, 1, #prefix) == prefix and (not best_key or key < best_key) then
      best, best_key = stream, key
    end
  end
  return best, best_key
end

-- Rows of a listing: {key=, object=} or {common=}; and whether there is more, from which key on.
local function list(bucket, prefix, delimiter, from, after, most)
  local rows, streams = {}, streams_of(bucket)
  local function seek_all(key, above)
    for _, stream in ipairs(streams) do stream.seek(key, above) end
  end
  if from < prefix then from, after = prefix, false end
  seek_all(from, after)
  while true do
    local stream, key = lowest(streams, prefix)
    if not stream then return rows end
    if #rows == most then return rows, key end
    local cut = delimiter ~= "" and string.find(key, delimiter, #prefix + 1, true)
    if cut then
      local common = string.sub(key, 1, cut + #delimiter - 1)
      rows[#rows + 1] = {common = common}
      -- The first key that can follow all that begin with it.
      seek_all(string.sub(common, 1, -2) .. string.char(string.byte(common, -1) + 1), false)
    else
      rows[#rows + 1] = {key = key, object = stream.take()}
    end
  end
end

-- --- text --------------------------------------------------------------------------------------

local ESCAPES = {["&"] = "&amp;", ["<"] = "&lt;", [">"] = "&gt;", ['"'] = "&quot;", ["\r"] = "&#13;"}

local function escaped(text)
  return (string.gsub(text, '[&<>"\r]', ESCAPES))
end

local function url_encoded(text)
  return (string.gsub(text, "[^%w%-._~/*]", function(c) return string.format("%%%02X", string.byte(c)) end))
end

local function url_decoded(text)
  return (string.gsub(text, "%%(%x%x)", function(digits) return string.char(tonumber(digits, 16)) end))
end

local function iso(at)
  return os.date("!%Y-%m-%dT%H:%M:%S.000Z", at)
end

local function parameters(query)
  local found = {}
  for name, value in string.gmatch(query, "([^&=]+)=?([^&]*)") do
    found[url_decoded(name)] = url_decoded((string.gsub(value, "%+", " ")))
  end
  return found
end

local function body()
  ngx.req.read_body()
  local data = ngx.req.get_body_data()
  local file = not data and ngx.req.get_body_file()
  if file then
    local opened = assert(io.open(file, "rb"))
    data = opened:read("*a")
    opened:close()
  end
  return data or ""
end

-- --- answers -------------------------------------------------------------------------------------

-- Each operation returns status, headers, body; for HEAD the body is its length.

local REASONS = {NoSuchKey = 404, NoSuchUpload = 404, InvalidPart = 400, PreconditionFailed = 412,
                 NotImplemented = 501, AccessDenied = 403, SlowDown = 503, InvalidArgument = 400}

local function refuse(code)
  return REASONS[code], {}, XML .. "<Error><Code>" .. code .. "</Code><Message>" .. code ..
    "</Message></Error>"
end

local function object_headers(object)
  local headers = {ETag = '"' .. object.etag .. '"', ["Last-Modified"] = ngx.http_time(object.at),
                   ["content-type"] = "binary/octet-stream"}
  for name, value in pairs(object.headers) do headers[name] = value end
  return headers
end

-- What a client may give at PUT or Create, and sees again at HEAD.
local function given_headers()
  local headers = {}
  for name, value in pairs(ngx.req.get_headers(0)) do
    if string.match(name, "^x%-amz%-meta%-") or name == "content-type" then
      headers[name] = type(value) == "table" and table.concat(value, ",") or value
    end
  end
  return headers
end

local function exists_already(bucket, key)
  return ngx.var.http_if_none_match == "*" and find(bucket, key) ~= nil
end

-- The object that x-amz-copy-source names, or an error's code.
local function copy_source()
  local bucket, key = string.match(url_decoded(ngx.var.http_x_amz_copy_source), "^/?([^/]+)/([^?]*)")
  local object = bucket and find(bucket, key)
  if not object then return nil, "NoSuchKey" end
  local wanted = ngx.var.http_x_amz_copy_source_if_match
  if wanted and string.gsub(wanted, '"', "") ~= object.etag then return nil, "PreconditionFailed" end
  return object
end

local op = {}

function op.HeadBucket()
  return 200, {}, 0
end

function op.HeadObject(bucket, key, asked)
  local object = find(bucket, key)
  if not object then return 404, {}, 0 end
  local headers, number = object_headers(object), tonumber(asked.partNumber)
  if number and object.parts > 0 then
    if number > object.parts then return 416, {}, 0 end
    headers["x-amz-mp-parts-count"] = object.parts
    return 206, headers, object.part_sizes and object.part_sizes[number] or settings.part_size
  end
  return 200, headers, object.size
end

function op.GetObject(bucket, key)
  local object = find(bucket, key)
  if not object then return refuse("NoSuchKey") end
  if not object.body and object.size > MOST_ZEROS then return refuse("NotImplemented") end
  local bytes = object.body or string.rep("\0", object.size)
  local first, last = string.match(ngx.var.http_range or "", "^bytes=(%d+)%-(%d*)$")
  if not first then return 200, object_headers(object), bytes end
  last = last == "" and #bytes - 1 or math.min(tonumber(last), #bytes - 1)
  local headers = object_headers(object)
  headers["Content-Range"] = string.format("bytes %d-%d/%d", first, last, #bytes)
  return 206, headers, string.sub(bytes, first + 1, last + 1)
end

function op.PutObject(bucket, key)
  if bucket == DENIED then return refuse("AccessDenied") end
  if exists_already(bucket, key) then return refuse("PreconditionFailed") end
  local bytes = body()
  local object = {size = #bytes, etag = ngx.md5(bytes), at = ngx.time(), parts = 0, headers = given_headers(),
                  body = bytes}
  store(bucket, key, object)
  return 200, {ETag = '"' .. object.etag .. '"'}, ""
end

function op.DeleteObject(bucket, key)
  remove(bucket, key)
  return 204, {}, ""
end

local function copied(name, etag)
  return 200, {}, XML .. "<" .. name .. "><ETag>&quot;" .. etag .. "&quot;</ETag><LastModified>" ..
    iso(ngx.time()) .. "</LastModified></" .. name .. ">"
end

function op.CopyObject(bucket, key)
  local object, code = copy_source()
  if not object then return refuse(code) end
  if exists_already(bucket, key) then return refuse("PreconditionFailed") end
  if object.index then
    store_copy(bucket, key, object.index, object.parts > 0 and WHOLE or COPIED)
  else
    store(bucket, key, object)
  end
  local folder = string.match(key, "^[^/]*")
  counts.copied[folder] = (counts.copied[folder] or 0) + 1
  return copied("CopyObjectResult", find(bucket, key).etag)
end

function op.CreateMultipartUpload(bucket, key)
  local id = string.format("upload-%d", uploads.next)
  uploads.next = uploads.next + 1
  uploads.open[id] = {bucket = bucket, key = key, at = ngx.time(), parts = {}, headers = given_headers()}
  return 200, {}, XML .. "<InitiateMultipartUploadResult><Bucket>" .. bucket .. "</Bucket><Key>" ..
    escaped(key) .. "</Key><UploadId>" .. id .. "</UploadId></InitiateMultipartUploadResult>"
end

function op.UploadPart(_, _, asked)
  local upload = uploads.open[asked.uploadId]
  if not upload then return refuse("NoSuchUpload") end
  local bytes = body()
  upload.parts[tonumber(asked.partNumber)] = {etag = ngx.md5(bytes), size = #bytes, body = bytes}
  return 200, {ETag = '"' .. ngx.md5(bytes) .. '"'}, ""
end

-- A part of a computed object has its source's ETag where it has its source's bounds.
local function part_of(object, first, last)
  local number = math.floor(first / settings.part_size) + 1
  if object.parts > 0 and first == (number - 1) * settings.part_size and
      last - first + 1 == settings.part_size then
    return hex(part_etag(object.index, number))
  end
  return ngx.md5(object.etag .. " " .. first .. " " .. last)
end

function op.UploadPartCopy(_, _, asked)
  local upload = uploads.open[asked.uploadId]
  if not upload then return refuse("NoSuchUpload") end
  local object, code = copy_source()
  if not object then return refuse(code) end
  local first, last = string.match(ngx.var.http_x_amz_copy_source_range or "", "^bytes=(%d+)%-(%d+)$")
  first, last = tonumber(first or 0), tonumber(last or object.size - 1)
  if first > last or last >= object.size then return refuse("InvalidArgument") end
  local etag = part_of(object, first, last)
  upload.parts[tonumber(asked.partNumber)] = {etag = etag, size = last - first + 1, index = object.index}
  return copied("CopyPartResult", etag)
end

-- The parts that the body of Complete names, or nil where one is not what was uploaded.
local function completed_parts(upload)
  local parts = {}
  for text in string.gmatch(body(), "<Part>(.-)</Part>") do
    local number = tonumber(string.match(text, "<PartNumber>(%d+)</PartNumber>"))
    local etag = string.gsub(string.match(text, "<ETag>(.-)</ETag>") or "", "&quot;", "")
    local part = upload.parts[number]
    if not part or part.etag ~= (string.gsub(etag, '"', "")) then return nil end
    parts[#parts + 1] = part
  end
  return #parts > 0 and parts or nil
end

local function joined(upload, parts)
  local etags, sizes, size, bytes = {}, {}, 0, {}
  for number, part in ipairs(parts) do
    etags[number] = string.gsub(part.etag, "..", function(c) return string.char(tonumber(c, 16)) end)
    sizes[number], size = part.size, size + part.size
    bytes[number] = part.body
  end
  return {size = size, etag = composite(etags), at = ngx.time(), parts = #parts, part_sizes = sizes,
          headers = upload.headers, body = #bytes == #parts and table.concat(bytes) or nil}
end

function op.CompleteMultipartUpload(bucket, key, asked)
  local upload = uploads.open[asked.uploadId]
  if not upload then return refuse("NoSuchUpload") end
  if exists_already(bucket, key) then return refuse("PreconditionFailed") end
  local parts = completed_parts(upload)
  if not parts then return refuse("InvalidPart") end
  local object, index = joined(upload, parts), parts[1].index
  if index and object.etag == etag_of(index) then
    store_copy(bucket, key, index, COPIED)
  else
    store(bucket, key, object)
  end
  uploads.open[asked.uploadId] = nil
  return 200, {}, XML .. "<CompleteMultipartUploadResult><ETag>&quot;" .. object.etag ..
    "&quot;</ETag></CompleteMultipartUploadResult>"
end

function op.AbortMultipartUpload(_, _, asked)
  if not uploads.open[asked.uploadId] then return refuse("NoSuchUpload") end
  uploads.open[asked.uploadId] = nil
  return 204, {}, ""
end

function op.ListParts(_, _, asked)
  local upload = uploads.open[asked.uploadId]
  if not upload then return refuse("NoSuchUpload") end
  local numbers, rows = {}, {}
  local from, most = tonumber(asked["part-number-marker"] or 0), tonumber(asked["max-parts"] or MOST_KEYS)
  for number in pairs(upload.parts) do
    if number > from then numbers[#numbers + 1] = number end
  end
  table.sort(numbers)
  local count = math.min(#numbers, most)
  for at = 1, count do
    local part = upload.parts[numbers[at]]
    rows[at] = string.format("<Part><PartNumber>%d</PartNumber><ETag>&quot;%s&quot;</ETag><Size>%d</Size></Part>",
                             numbers[at], part.etag, part.size)
  end
  return 200, {}, XML .. "<ListPartsResult " .. NAMESPACE .. "><IsTruncated>" ..
    tostring(count < #numbers) .. "</IsTruncated><NextPartNumberMarker>" .. (numbers[count] or 0) ..
    "</NextPartNumberMarker>" .. table.concat(rows) .. "</ListPartsResult>"
end

function op.ListMultipartUploads(bucket, _, asked)
  local rows, prefix = {}, asked.prefix or ""
  local shown = asked["encoding-type"] == "url" and url_encoded or escaped
  for id, upload in pairs(uploads.open) do
    if upload.bucket == bucket and string.sub(upload.key, 1, #prefix) == prefix then
      rows[#rows + 1] = {upload.key, string.format(
        "<Upload><Key>%s</Key><UploadId>%s</UploadId><Initiated>%s</Initiated></Upload>",
        shown(upload.key), id, iso(upload.at))}
    end
  end
  table.sort(rows, function(a, b) return a[1] < b[1] end)
  for at, row in ipairs(rows) do rows[at] = row[2] end
  return 200, {}, XML .. "<ListMultipartUploadsResult " .. NAMESPACE .. "><IsTruncated>false</IsTruncated>" ..
    table.concat(rows) .. "</ListMultipartUploadsResult>"
end

local function listed_row(row, shown)
  if row.common then
    return "<CommonPrefixes><Prefix>" .. shown(row.common) .. "</Prefix></CommonPrefixes>"
  end
  return string.format("<Contents><Key>%s</Key><LastModified>%s</LastModified><ETag>&quot;%s&quot;</ETag>" ..
    "<Size>%d</Size><StorageClass>STANDARD</StorageClass></Contents>", shown(row.key), iso(row.object.at),
    row.object.etag, row.object.size)
end

function op.ListObjectsV2(bucket, _, asked)
  local prefix, delimiter = asked.prefix or "", asked.delimiter or ""
  local most = math.min(tonumber(asked["max-keys"] or MOST_KEYS) or MOST_KEYS, MOST_KEYS)
  local token = asked["continuation-token"]
  local from, after = asked["start-after"] or "", true
  if token then
    from, after = ngx.decode_base64(token), false
    if not from then return refuse("InvalidArgument") end
  end
  local rows, more = {}, nil
  if most > 0 then rows, more = list(bucket, prefix, delimiter, from, after, most) end
  local shown = asked["encoding-type"] == "url" and url_encoded or escaped
  local out = {XML, "<ListBucketResult ", NAMESPACE, "><Name>", bucket, "</Name><Prefix>", shown(prefix),
    "</Prefix>", delimiter ~= "" and "<Delimiter>" .. shown(delimiter) .. "</Delimiter>" or "",
    asked["start-after"] and "<StartAfter>" .. shown(asked["start-after"]) .. "</StartAfter>" or "",
    asked["encoding-type"] == "url" and "<EncodingType>url</EncodingType>" or "",
    "<KeyCount>", #rows, "</KeyCount><MaxKeys>", most, "</MaxKeys><IsTruncated>", tostring(more ~= nil),
    "</IsTruncated>",
    more and "<NextContinuationToken>" .. ngx.encode_base64(more) .. "</NextContinuationToken>" or ""}
  for _, row in ipairs(rows) do
    out[#out + 1] = listed_row(row, shown)
  end
  out[#out + 1] = "</ListBucketResult>"
  return 200, {}, table.concat(out)
end

function op.GetObjectTagging()
  return 200, {}, XML .. "<Tagging><TagSet></TagSet></Tagging>"
end

function op.PutObjectTagging()
  return 200, {}, ""
end

-- --- which operation, how long, how often ----------------------------------------------------------

local function operation(method, key, asked)
  if method == "HEAD" then return key == "" and "HeadBucket" or "HeadObject" end
  if method == "GET" then
    if key == "" then return asked.uploads and "ListMultipartUploads" or "ListObjectsV2" end
    return asked.uploadId and "ListParts" or asked.tagging and "GetObjectTagging" or "GetObject"
  end
  if method == "PUT" then
    if ngx.var.http_x_amz_copy_source then return asked.uploadId and "UploadPartCopy" or "CopyObject" end
    return asked.uploadId and "UploadPart" or asked.tagging and "PutObjectTagging" or "PutObject"
  end
  if method == "POST" then return asked.uploads and "CreateMultipartUpload" or "CompleteMultipartUpload" end
  return asked.uploadId and "AbortMultipartUpload" or "DeleteObject"
end

local function milliseconds(name)
  if string.sub(name, 1, 4) == "List" then return settings.list_ms end
  if string.sub(name, 1, 4) == "Head" or string.sub(name, 1, 3) == "Get" then return settings.read_ms end
  return settings.write_ms
end

-- Waits as long as the operation takes: what is set, times a factor with a lognormal spread.
local function wait(name)
  local ms = milliseconds(name)
  if settings.spread > 0 then
    local normal = math.sqrt(-2 * math.log(1 - math.random())) * math.cos(2 * math.pi * math.random())
    ms = ms * math.exp(settings.spread * normal)
  end
  if ms > 0 then ngx.sleep(ms / 1000) end
end

-- Whether a write is one too many: a bucket of tokens, of which so many are added each second.
local function too_many(method)
  if settings.writes_per_second == 0 or method == "HEAD" or method == "GET" then return false end
  ngx.update_time()
  local now = ngx.now()
  local filled = tokens.left + (now - (tokens.at or now)) * settings.writes_per_second
  tokens.left, tokens.at = math.min(filled, settings.burst), now
  if tokens.left < 1 then return true end
  tokens.left = tokens.left - 1
  return false
end

local function count(name)
  local address = ngx.var.server_addr
  if not counts.first then
    ngx.update_time()
    counts.first = ngx.now()
  end
  counts.operations[name] = (counts.operations[name] or 0) + 1
  counts.addresses[address] = (counts.addresses[address] or 0) + 1
  counts["in flight"] = counts["in flight"] + 1
  counts["most in flight"] = math.max(counts["most in flight"], counts["in flight"])
end

local function send(status, headers, bytes)
  -- The condition was judged. nginx would make a 304 of a 200, whatever the method (ngx_http_not_modified_filter).
  ngx.req.clear_header("If-None-Match")
  ngx.status = status
  ngx.header["x-amz-request-id"] = ngx.var.request_id
  ngx.header["x-amz-bucket-region"] = "us-east-1"
  for name, value in pairs(headers) do ngx.header[name] = value end
  if type(bytes) == "number" then
    ngx.header["Content-Length"] = bytes
    return ngx.send_headers()
  end
  if status == 204 then return ngx.exit(204) end
  ngx.header["Content-Length"] = #bytes
  ngx.print(bytes)
end

local function json(value)
  if type(value) ~= "table" then return tostring(value) end
  local members = {}
  for name, member in pairs(value) do members[#members + 1] = '"' .. name .. '":' .. json(member) end
  table.sort(members)
  return "{" .. table.concat(members, ",") .. "}"
end

-- GET /-/counts, /-/reset, /-/forget, /-/complete?bucket=&prefix=, /-/settings?name=number
function world.administer()
  local what, asked = string.match(ngx.var.uri, "^/%-/(%w+)$"), parameters(ngx.var.args or "")
  if what == "reset" then
    reset_counts()
  elseif what == "forget" then
    forget()
  elseif what == "complete" then
    local folder = folder_of(asked.bucket, asked.prefix .. key_of(0), true)
    ffi.fill(folder.copied, settings.objects, COPIED)
  elseif what == "settings" then
    for name, value in pairs(asked) do settings[name] = tonumber(value) end
    tokens = {left = settings.burst, at = nil}
  elseif what ~= "counts" then
    ngx.exit(404)
  end
  counts.open = 0
  for _ in pairs(uploads.open) do counts.open = counts.open + 1 end
  ngx.print(json(counts))
end

-- Answers one request of S3's.
function world.answer()
  local method = ngx.req.get_method()
  local path, query = string.match(ngx.var.request_uri, "^([^?]*)%??(.*)$")
  local bucket, key = string.match(url_decoded(path), "^/([^/]+)/?(.*)$")
  if not bucket then return send(refuse("NotImplemented")) end
  local asked = parameters(query)
  local name = operation(method, key, asked)
  count(name)
  if too_many(method) then
    counts.refused = counts.refused + 1
    body()
    wait("Head")
    send(refuse("SlowDown"))
  else
    wait(name)
    send(op[name](bucket, key, asked))
  end
end

-- In the log phase, which comes also for a client that has left.
function world.done()
  counts["in flight"] = counts["in flight"] - 1
end

return world
