#include "plan/mistakes.h"

#include <ctype.h>
#include <inttypes.h>
#include <string.h>

#include "base/str.h"
#include "model/names.h"

#define UNPACK(program) "unpack it (" program "), or compress it with gzip instead"
#define EXPORT          "export it as CSV: a row bucket,key for each object"

/* The sentences. In them @ stands for the field that is wrong, and # for the number of columns. */
struct sentence {
    const char *cause;
    const char *remedy;
    const char *by_field; /* the remedy for one who writes a JSON; NULL: the same */
};

static const struct sentence sentences[MISTAKE_COUNT] = {
        [MISTAKE_TWICE_GZIP] = {"the manifest is compressed with gzip twice", "unpack it once"},
        [MISTAKE_ZIP] = {"the manifest is a zip archive",
                "unpack it (unzip) and give the CSV file that is in it"},
        [MISTAKE_XLSX] = {"the manifest is an Excel workbook", EXPORT},
        [MISTAKE_ODS] = {"the manifest is a spreadsheet of LibreOffice", EXPORT},
        [MISTAKE_XLS] = {"the manifest is a file of an old Microsoft Office", EXPORT},
        [MISTAKE_XZ] = {"the manifest is compressed with xz", UNPACK("xz -d")},
        [MISTAKE_ZSTD] = {"the manifest is compressed with zstd", UNPACK("zstd -d")},
        [MISTAKE_BZIP2] = {"the manifest is compressed with bzip2", UNPACK("bzip2 -d")},
        [MISTAKE_LZ4] = {"the manifest is compressed with lz4", UNPACK("lz4 -d")},
        [MISTAKE_LZIP] = {"the manifest is compressed with lzip", UNPACK("lzip -d")},
        [MISTAKE_COMPRESS] = {"the manifest is compressed with compress", UNPACK("gzip -d")},
        [MISTAKE_SNAPPY] = {"the manifest is compressed with snappy", UNPACK("snzip -d")},
        [MISTAKE_ZLIB] = {"the manifest is compressed with zlib, without the header of gzip",
                UNPACK("zlib-flate -uncompress")},
        [MISTAKE_7Z] = {"the manifest is a 7z archive",
                "unpack it (7z x) and give the CSV file that is in it"},
        [MISTAKE_RAR] = {"the manifest is a rar archive",
                "unpack it (unrar x) and give the CSV file that is in it"},
        [MISTAKE_TAR] = {"the manifest is a tar archive",
                "unpack it (tar -xf) and give the CSV file that is in it"},
        [MISTAKE_PARQUET] = {"the manifest is a Parquet file", EXPORT},
        [MISTAKE_ORC] = {"the manifest is an ORC file", EXPORT},
        [MISTAKE_AVRO] = {"the manifest is an Avro file", EXPORT},
        [MISTAKE_ARROW] = {"the manifest is an Arrow or Feather file", EXPORT},
        [MISTAKE_SQLITE] = {"the manifest is a SQLite database", EXPORT},
        [MISTAKE_HDF5] = {"the manifest is an HDF5 file", EXPORT},
        [MISTAKE_UTF16] = {"the manifest is UTF-16; it must be UTF-8",
                "convert it: iconv -f UTF-16 -t UTF-8"},
        [MISTAKE_UTF32] = {"the manifest is UTF-32; it must be UTF-8",
                "convert it: iconv -f UTF-32 -t UTF-8"},
        [MISTAKE_ELF] = {"the manifest is a program (ELF)", "give the CSV file"},
        [MISTAKE_PDF] = {"the manifest is a PDF document", EXPORT},
        [MISTAKE_PNG] = {"the manifest is a PNG image", "give the CSV file"},
        [MISTAKE_JPEG] = {"the manifest is a JPEG image", "give the CSV file"},
        [MISTAKE_INPUT] = {"the manifest is the JSON input of a job",
                "give it without an option: copyout run INPUT.json",
                "sourceFilesCsvKey is to name a list: CSV rows bucket,key"},
        [MISTAKE_INSTRUCTIONS] = {"the manifest is one JSON list of copy instructions",
                "write one object a line: jq -c '.[]'"},
        [MISTAKE_INVENTORY] = {"the manifest is the manifest.json of S3 Inventory",
                "give the lists that it names (\"files\"), as CSV with the columns Bucket and Key, "
                "with --url-encoded",
                "give the lists that it names (\"files\"), as CSV with the columns Bucket and Key, "
                "with \"manifestKeyEncoding\": \"url\""},
        [MISTAKE_BATCH] = {"the manifest is that of a job of S3 Batch Operations, in a form that "
                           "names no list",
                "give the CSV that it names, with --url-encoded",
                "give the CSV that it names, with \"manifestKeyEncoding\": \"url\""},
        [MISTAKE_COMPLETION] =
                {"the manifest is the manifest.json of a completion report, in a form "
                 "that names no reports",
                        "give the CSV of the tasks that failed"},
        [MISTAKE_JSON] = {"the manifest is JSON",
                "make it CSV: a row bucket,key for each object, as in jq -r "
                "'[.bucket, .key] | @csv'"},
        [MISTAKE_S3_ERROR] = {"the manifest is an error of S3, saved in place of the list",
                "fetch the list again"},
        [MISTAKE_MARKUP] = {"the manifest is an HTML or XML document",
                "make it CSV: a row bucket,key for each object"},
        [MISTAKE_PEM] = {"the manifest is a key, a certificate or an encrypted message",
                "give the CSV file"},
        [MISTAKE_BINARY] = {"the manifest is binary data, of a kind that copyout does not know",
                "give a list that is text: a row bucket,key for each object"},
        [MISTAKE_NULS] = {"the manifest has NUL bytes, which no list of objects has",
                "where they end the rows, put line ends in their place: tr '\\0' '\\n'; else remove "
                "them: tr -d '\\0'"},
        [MISTAKE_HEADER] = {"this looks like a header (\"@\" in the bucket's place)",
                "--header passes over it", "\"manifestHeader\": true passes over it"},
        [MISTAKE_SEP] = {"this row is for Excel (\"@\") and names no object",
                "--header passes over it", "\"manifestHeader\": true passes over it"},
        [MISTAKE_BOM] = {"the bucket \"@\" begins with a byte order mark, as where files that each "
                         "begin with one were joined",
                "remove it: sed 's/^\\xef\\xbb\\xbf//'"},
        [MISTAKE_KEYS_ONLY] = {"there is 1 column (\"@\"), a key without its bucket",
                "write bucket,key in each row: sed 's|^|BUCKET,|'"},
        [MISTAKE_TABS] = {"tabs divide the columns, and there is 1 column for CSV",
                "make it CSV with commas: tr '\\t' ,"},
        [MISTAKE_SEMICOLONS] = {"semicolons divide the columns, and there is 1 column for CSV",
                "make it CSV with commas: tr ';' ,"},
        [MISTAKE_PIPES] = {"'|' divides the columns, and there is 1 column for CSV",
                "make it CSV with commas: tr '|' ,"},
        [MISTAKE_AWS_LS] = {"there is 1 column (\"@\"), as aws s3 ls prints it",
                "write a row bucket,key for each object; copyout needs no sizes and dates"},
        [MISTAKE_SWAPPED] =
                {"the columns are exchanged: the first (\"@\") is a key, and the second "
                 "a bucket",
                        "write bucket,key in each row"},
        [MISTAKE_S3_BUCKET] = {"the bucket \"@\" is an address",
                "write its name alone (bucket,key), or whole addresses (s3://bucket/key) as the "
                "only column: sed 's|^s3://||'"},
        [MISTAKE_URI_AND_MORE] = {"there are # columns, and the first (\"@\") is an address with a "
                                  "key in it",
                "write s3://bucket/key as the only column, in quotes if it has a comma, or write "
                "bucket,key,versionId"},
        [MISTAKE_SCHEME] =
                {"the bucket \"@\" is an address that is not of the form s3://bucket/key",
                        "write s3:// in front, or bucket,key in each row"},
        [MISTAKE_WEB] = {"the bucket \"@\" is a web address", "write bucket,key in each row"},
        [MISTAKE_ARN] = {"the bucket \"@\" is an ARN",
                "write the bucket's name alone: sed 's|^arn:aws:s3:::||'"},
        [MISTAKE_BLANKS] = {"there are blanks around the bucket \"@\"", "remove them"},
        [MISTAKE_SLASH] = {"the bucket \"@\" ends with a slash", "write its name alone"},
        [MISTAKE_SINGLE_QUOTES] =
                {"the bucket \"@\" stands in single quotes, which are none in CSV",
                        "use double quotes, or none"},
        [MISTAKE_CURLY_QUOTES] =
                {"the bucket \"@\" stands in typographic quotes, which are none in "
                 "CSV",
                        "use plain double quotes, or none"},
        [MISTAKE_BACKSLASH_QUOTES] = {"the bucket \"@\" begins with a backslash and a quote",
                "double a quote that is in a quoted field, in place of a backslash before it"},
        [MISTAKE_OPEN_QUOTES] = {"a quote in the middle of a field",
                "quote the whole field, without blanks around the quotes, and double the quotes in "
                "it"},
        [MISTAKE_COLUMNS] = {"# columns; expected bucket,key or bucket,key,versionId",
                "keep only these, as in cut -d, -f1,2, and quote a key that has a comma"},
        [MISTAKE_BUCKET] = {"@", /* what is wrong with it */
                "the first column must be a bucket: 3 to 63 characters of a-z, 0-9, '.' and '-'"},
};

/* --- the first bytes --- */

static const struct {
    const char *bytes;
    size_t len, at;
    enum mistake mistake;
} magics[] = {
        {"\x1f\x8b", 2, 0, MISTAKE_TWICE_GZIP},
        {"PK\3\4", 4, 0, MISTAKE_ZIP},
        {"PK\5\6", 4, 0, MISTAKE_ZIP}, /* an empty one */
        {"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 8, 0, MISTAKE_XLS},
        {"\xfd"
         "7zXZ\0",
                6, 0, MISTAKE_XZ},
        {"\x28\xb5\x2f\xfd", 4, 0, MISTAKE_ZSTD},
        {"BZh", 3, 0, MISTAKE_BZIP2},
        {"\x04\x22\x4d\x18", 4, 0, MISTAKE_LZ4},
        {"LZIP", 4, 0, MISTAKE_LZIP},
        {"\x1f\x9d", 2, 0, MISTAKE_COMPRESS},
        {"\xff\x06\0\0sNaPpY", 10, 0, MISTAKE_SNAPPY},
        {"\x78\x01", 2, 0, MISTAKE_ZLIB},
        {"\x78\x9c", 2, 0, MISTAKE_ZLIB},
        {"\x78\xda", 2, 0, MISTAKE_ZLIB},
        {"7z\xbc\xaf\x27\x1c", 6, 0, MISTAKE_7Z},
        {"Rar!\x1a\7", 6, 0, MISTAKE_RAR},
        {"ustar", 5, 257, MISTAKE_TAR},
        {"PAR1", 4, 0, MISTAKE_PARQUET},
        {"PARE", 4, 0, MISTAKE_PARQUET}, /* with an encrypted footer */
        {"ORC", 3, 0, MISTAKE_ORC},
        {"Obj\1", 4, 0, MISTAKE_AVRO},
        {"ARROW1", 6, 0, MISTAKE_ARROW},
        {"FEA1", 4, 0, MISTAKE_ARROW},
        {"SQLite format 3", 16, 0, MISTAKE_SQLITE},
        {"\x89HDF\r\n\x1a\n", 8, 0, MISTAKE_HDF5},
        {"\xff\xfe\0\0", 4, 0, MISTAKE_UTF32},
        {"\0\0\xfe\xff", 4, 0, MISTAKE_UTF32},
        {"\xff\xfe", 2, 0, MISTAKE_UTF16},
        {"\xfe\xff", 2, 0, MISTAKE_UTF16},
        {"\x7f"
         "ELF",
                4, 0, MISTAKE_ELF},
        {"%PDF-", 5, 0, MISTAKE_PDF},
        {"\x89PNG", 4, 0, MISTAKE_PNG},
        {"\xff\xd8\xff", 3, 0, MISTAKE_JPEG},
        {"-----BEGIN ", 11, 0, MISTAKE_PEM},
};

/* Words that tell kinds of one format apart, in the order in which they are looked for. */
static const struct {
    const char *word;
    enum mistake of, mistake;
} words_within[] = {
        {"[Content_Types].xml", MISTAKE_ZIP, MISTAKE_XLSX},
        {"_rels/.rels", MISTAKE_ZIP, MISTAKE_XLSX},
        {"opendocument", MISTAKE_ZIP, MISTAKE_ODS},
        {"\"fileSchema\"", MISTAKE_JSON, MISTAKE_INVENTORY},
        {"\"fileFormat\"", MISTAKE_JSON, MISTAKE_INVENTORY},
        {"\"destinationBucket\":\"arn:", MISTAKE_JSON, MISTAKE_INVENTORY},
        {"\"S3BatchOperations_CSV_20180820\"", MISTAKE_JSON, MISTAKE_BATCH},
        {"\"S3InventoryReport_CSV_20161130\"", MISTAKE_JSON, MISTAKE_BATCH},
        {"\"Report_CSV_20180820\"", MISTAKE_JSON, MISTAKE_COMPLETION},
        {"\"sourceKey\"", MISTAKE_JSON, MISTAKE_INSTRUCTIONS},
        {"\"sourceFilesCsvKey\"", MISTAKE_JSON, MISTAKE_INPUT},
        {"\"destinationFolderKey\"", MISTAKE_JSON, MISTAKE_INPUT},
        {"\"destinationBucket\"", MISTAKE_JSON, MISTAKE_INPUT},
        {"<Code>", MISTAKE_MARKUP, MISTAKE_S3_ERROR},
};

static bool has_word(const char *head, size_t len, const char *word)
{
    return memmem(head, len, word, strlen(word)) != NULL;
}

/* Every second byte of plain text is 0. */
static enum mistake of_zeros(const char *head, size_t len)
{
    enum { LOOKED_AT = 4 };

    if (len < 2 * (size_t)LOOKED_AT)
        return MISTAKE_NONE;
    if (head[0] && !head[1] && !head[2] && !head[3] && head[4] && !head[5])
        return MISTAKE_UTF32;
    if (head[0] && !head[1] && head[2] && !head[3] && head[4] && !head[5])
        return MISTAKE_UTF16;
    if (!head[0] && head[1] && !head[2] && head[3] && !head[4] && head[5])
        return MISTAKE_UTF16;
    return MISTAKE_NONE;
}

static enum mistake of_text(const char *head, size_t len)
{
    size_t at = len >= 3 && memcmp(head, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;

    while (at < len && strchr(" \t\r\n", head[at]) && head[at])
        at++;
    if (at == len)
        return MISTAKE_NONE;
    if (head[at] == '{' || head[at] == '[')
        return MISTAKE_JSON;
    return head[at] == '<' ? MISTAKE_MARKUP : MISTAKE_NONE;
}

static bool is_control(char c)
{
    return ((unsigned char)c < ' ' && c != '\0' && !strchr("\t\n\v\f\r", c)) || c == '\x7f';
}

/* Keys of a list may be in an encoding that is not UTF-8, and have a control character here and
 * there. Compressed or encrypted bytes have both: every ninth of them is a control character. The
 * last character may be cut off, so that a few bytes at the end say nothing of the encoding. */
static enum mistake of_noise(const char *head, size_t len)
{
    enum { CUT_MOST = 3, OF_NOISE = 32, OF_ANY = 3 };
    size_t nuls = 0, controls = 0, valid = 0, n, i;
    bool utf8;

    for (i = 0; i < len; i++) {
        nuls += head[i] == '\0';
        controls += is_control(head[i]);
    }
    while (valid < len && (n = str_utf8_sequence(head + valid, len - valid)) > 0)
        valid += n;
    utf8 = valid + CUT_MOST >= len;
    if (controls * OF_ANY > len || (!utf8 && (nuls > 0 || controls * OF_NOISE > len)) ||
            (nuls > 0 && controls > 0))
        return MISTAKE_BINARY;
    return nuls > 1 ? MISTAKE_NULS : MISTAKE_NONE; /* a single one is a mistake of its row */
}

bool mistake_is_text(const char *head, size_t len)
{
    size_t i;

    if (len == 0 ||
            !(islower((unsigned char)head[0]) || isdigit((unsigned char)head[0]) || head[0] == '"'))
        return false;
    for (i = 0; i < len && head[i] != '\n'; i++)
        if ((unsigned char)head[i] < ' ' && head[i] != '\t' && head[i] != '\r')
            return false;
    return i < len && str_utf8_valid(head, i);
}

bool mistake_may_be_row(const char *head, size_t len, unsigned columns)
{
    unsigned commas = 0;
    size_t i;

    for (i = 0; i < len && head[i] != '\n'; i++) {
        if ((unsigned char)head[i] < ' ' && head[i] != '\t' && head[i] != '\r')
            return false;
        commas += head[i] == ',';
    }
    return commas + 1 >= columns;
}

enum mistake mistake_of_bytes(const char *head, size_t len)
{
    enum mistake found = MISTAKE_NONE;
    size_t i;

    if (mistake_is_text(head, len))
        return MISTAKE_NONE;
    for (i = 0; i < sizeof magics / sizeof magics[0] && found == MISTAKE_NONE; i++)
        if (len >= magics[i].at + magics[i].len &&
                memcmp(head + magics[i].at, magics[i].bytes, magics[i].len) == 0)
            found = magics[i].mistake;
    if (found == MISTAKE_NONE)
        found = of_zeros(head, len);
    if (found == MISTAKE_NONE)
        found = of_text(head, len);
    if (found == MISTAKE_NONE)
        found = of_noise(head, len);
    for (i = 0; i < sizeof words_within / sizeof words_within[0]; i++)
        if (words_within[i].of == found && has_word(head, len, words_within[i].word))
            return words_within[i].mistake;
    return found;
}

/* --- rows --- */

/* A field of a row. */
struct text {
    const char *s;
    size_t len;
};

static struct text field(const struct csv_row *row, unsigned column)
{
    return (struct text){row->field[column].data, row->field[column].len};
}

static bool starts(struct text t, const char *with)
{
    size_t n = strlen(with);

    return t.len >= n && memcmp(t.s, with, n) == 0;
}

static bool starts_any_case(struct text t, const char *with)
{
    size_t n = strlen(with);

    return t.len >= n && strncasecmp(t.s, with, n) == 0;
}

static bool is_bucket(struct text t)
{
    return names_bucket_problem(t.s, t.len) == NULL;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static struct text trimmed(struct text t)
{
    while (t.len > 0 && is_blank(t.s[0])) {
        t.s++;
        t.len--;
    }
    while (t.len > 0 && is_blank(t.s[t.len - 1]))
        t.len--;
    return t;
}

/* Whether c stands between a bucket's name and something else. */
static bool is_divided_by(struct text t, char c)
{
    const char *at = memchr(t.s, c, t.len);
    size_t rest = at ? t.len - (size_t)(at - t.s) - 1 : 0;

    t = trimmed((struct text){t.s, at ? (size_t)(at - t.s) : 0});
    return at && is_bucket(t) && trimmed((struct text){at + 1, rest}).len > 0;
}

/* "2026-01-01 10:00:00         10 one.bin" */
static bool is_aws_ls(struct text t)
{
    static const char form[] = "dddd-dd-dd dd:dd:dd ";
    size_t i;

    if (t.len < sizeof form - 1)
        return false;
    for (i = 0; i < sizeof form - 1; i++)
        if (form[i] == 'd' ? !isdigit((unsigned char)t.s[i]) : t.s[i] != form[i])
            return false;
    return true;
}

/* Letters and digits alone, in lower case, so that "Object Key" and "object_key" are one word. */
static void make_word(struct text t, char *out, size_t size)
{
    size_t i, n = 0;

    for (i = 0; i < t.len && n + 1 < size; i++)
        if (isalnum((unsigned char)t.s[i]))
            out[n++] = (char)tolower((unsigned char)t.s[i]);
        else if (!strchr(" _-.\"", t.s[i]))
            break;
    out[i < t.len ? 0 : n] = '\0';
}

static bool is_one_of(const char *word, const char *const *list)
{
    for (; *list; list++)
        if (strcmp(word, *list) == 0)
            return true;
    return false;
}

bool mistake_is_header(const struct csv_row *row)
{
    static const char *const buckets[] = {"bucket", "bucketname", "sourcebucket", "srcbucket",
            "s3bucket", "source", "frombucket", NULL};
    static const char *const keys[] = {"key", "objectkey", "sourcekey", "srckey", "s3key", "path",
            "object", "objectname", "name", "file", "filename", "filepath", "prefix", NULL};
    char bucket[32], key[32];
    bool plain;

    make_word(field(row, 0), bucket, sizeof bucket);
    make_word(field(row, 1), key, sizeof key);
    /* Words that can be a bucket's name are a header only where they are the plainest. */
    plain = strcmp(bucket, "bucket") == 0;
    return (plain || !is_bucket(field(row, 0))) && is_one_of(bucket, buckets) &&
           is_one_of(key, keys);
}

static enum mistake of_address(struct text t)
{
    if (starts(t, "s3://"))
        return memchr(t.s + 5, '/', t.len - 5) && t.s[t.len - 1] != '/' ? MISTAKE_URI_AND_MORE
                                                                        : MISTAKE_S3_BUCKET;
    if (starts_any_case(t, "http://") || starts_any_case(t, "https://"))
        return MISTAKE_WEB;
    if (starts_any_case(t, "arn:"))
        return MISTAKE_ARN;
    return memmem(t.s, t.len, "://", 3) ? MISTAKE_SCHEME : MISTAKE_NONE;
}

static enum mistake of_quotes(struct text t)
{
    if (starts(t, "'"))
        return MISTAKE_SINGLE_QUOTES;
    if (starts(t, "\xe2\x80\x9c") || starts(t, "\xe2\x80\x9e") || starts(t, "\xc2\xab") ||
            starts(t, "\xe2\x80\x98"))
        return MISTAKE_CURLY_QUOTES;
    return starts(t, "\\") ? MISTAKE_BACKSLASH_QUOTES : MISTAKE_NONE;
}

static enum mistake of_divider(struct text t)
{
    if (is_divided_by(t, '\t'))
        return MISTAKE_TABS;
    if (is_divided_by(t, ';'))
        return MISTAKE_SEMICOLONS;
    return is_divided_by(t, '|') ? MISTAKE_PIPES : MISTAKE_NONE;
}

/* Of a row whose one column, or first column, is no bucket. */
static enum mistake of_bucket(const struct csv_row *row, struct text first)
{
    struct text second = field(row, 1);

    if (is_bucket(trimmed(first)))
        return MISTAKE_BLANKS;
    if (first.len > 1 && first.s[first.len - 1] == '/' &&
            is_bucket((struct text){first.s, first.len - 1}))
        return MISTAKE_SLASH;
    if (is_bucket(second) && (memchr(first.s, '/', first.len) || memchr(first.s, '.', first.len)))
        return MISTAKE_SWAPPED;
    return first.len > 0 ? MISTAKE_BUCKET : MISTAKE_NONE;
}

static enum mistake of_one_column(struct text t)
{
    if (trimmed(t).len == 0 || starts(t, "#"))
        return MISTAKE_NONE;
    return is_aws_ls(t) ? MISTAKE_AWS_LS : MISTAKE_KEYS_ONLY;
}

enum mistake mistake_of_row(const struct csv_row *row, bool first)
{
    struct text bucket = field(row, 0);
    enum mistake found;

    if (first && starts_any_case(bucket, "sep="))
        return MISTAKE_SEP;
    if (starts(bucket, "\xef\xbb\xbf"))
        return MISTAKE_BOM;
    found = of_address(bucket);
    if (found == MISTAKE_NONE)
        found = of_divider(bucket);
    if (found == MISTAKE_NONE)
        found = of_quotes(bucket);
    if (found != MISTAKE_NONE)
        return found;
    if (row->columns == 1)
        return of_one_column(bucket);
    if (!is_bucket(bucket))
        return of_bucket(row, bucket);
    return row->columns > LIST_COLUMNS_MOST ? MISTAKE_COLUMNS : MISTAKE_NONE;
}

bool mistake_has_own_words(enum mistake mistake)
{
    switch (mistake) {
    case MISTAKE_NONE:
    case MISTAKE_KEYS_ONLY:
    case MISTAKE_OPEN_QUOTES:
    case MISTAKE_COLUMNS:
    case MISTAKE_BUCKET:
        return false;
    default:
        return true;
    }
}

/* --- the list --- */

void mistakes_count(struct mistake_counts *c, enum mistake mistake, uint64_t line)
{
    c->wrong++;
    if (c->by[mistake]++ == 0)
        c->line[mistake] = line;
}

enum mistake mistake_of_list(const struct mistake_counts *c)
{
    int i;

    for (i = MISTAKE_NONE + 1; i < MISTAKE_COUNT; i++) {
        uint64_t may_be_good = i == MISTAKE_SWAPPED ? c->swappable : 0;

        if (c->by[i] > 0 && c->by[i] >= c->wrong - c->wrong / 10 && c->good == may_be_good)
            return (enum mistake)i;
    }
    return MISTAKE_NONE;
}

/* Appends the text with what its marks stand for. */
static void fill_in(struct buf *out, const char *text, const char *shown, unsigned columns)
{
    for (; *text; text++) {
        if (*text == '@')
            buf_adds(out, shown);
        else if (*text == '#')
            buf_addf(out, "%u", columns);
        else
            buf_addc(out, *text);
    }
}

void mistake_say(struct buf *out, enum mistake mistake, enum input_words words, const char *shown,
        unsigned columns, uint64_t more)
{
    const struct sentence *s = &sentences[mistake];
    bool by_field = s->by_field && words != INPUT_WORDS_OPTIONS;

    fill_in(out, s->cause, shown, columns);
    if (more > 0)
        buf_addf(out, ", as in %" PRIu64 " more row%s", more, more == 1 ? "" : "s");
    buf_adds(out, "; ");
    buf_adds(out, by_field ? s->by_field : s->remedy);
}
