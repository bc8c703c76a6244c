#include "cmd/about/versions.h"

#include <csv.h>
#include <curl/curl.h>
#include <expat.h>
#include <openssl/crypto.h>
#include <string.h>
#include <uv.h>
#include <zlib.h>

#include "base/version.h"
#include "net/http1/http1_read.h"

#define TEXT_OF(number) #number
#define TEXT(number)    TEXT_OF(number)
#define CSV_VERSION     TEXT(CSV_MAJOR) "." TEXT(CSV_MINOR) "." TEXT(CSV_RELEASE)

static const char *const from_names[] = {[VERSION_RUNNING] = "running", [VERSION_BUILT] = "built"};

/* "expat_2.5.0": the number alone. */
static const char *expat_version(void)
{
    const char *text = XML_ExpatVersion(), *number = strchr(text, '_');

    return number ? number + 1 : text;
}

void versions_libraries(struct library_version libraries[VERSIONS_LIBRARIES])
{
    const struct library_version all[VERSIONS_LIBRARIES] = {
            {"libcurl", curl_version_info(CURLVERSION_NOW)->version, VERSION_RUNNING},
            {"libuv", uv_version_string(), VERSION_RUNNING},
            {"OpenSSL", OpenSSL_version(OPENSSL_VERSION_STRING), VERSION_RUNNING},
            {"expat", expat_version(), VERSION_RUNNING},
            {"jansson", jansson_version_str(), VERSION_RUNNING},
            {"zlib", zlibVersion(), VERSION_RUNNING},
            {"libcsv", CSV_VERSION, VERSION_BUILT},
            {"inih", COPYOUT_INIH_VERSION, VERSION_BUILT}, /* its header has none: cmake gives it */
            {"llhttp", HTTP1_LLHTTP_VERSION, VERSION_BUILT},
    };

    memcpy(libraries, all, sizeof all);
}

static const char *tls(void)
{
    const char *name = curl_version_info(CURLVERSION_NOW)->ssl_version;

    return name ? name : "none";
}

void versions_line(FILE *out)
{
    struct library_version libraries[VERSIONS_LIBRARIES];
    size_t i;

    versions_libraries(libraries);
    fputs("copyout " COPYOUT_VERSION, out);
    for (i = 0; i < VERSIONS_LIBRARIES; i++)
        fprintf(out, "%s%s %s", i == 0 ? " (" : ", ", libraries[i].name, libraries[i].version);
    fputc(')', out);
}

void versions_text(FILE *out)
{
    struct library_version libraries[VERSIONS_LIBRARIES];
    size_t i;

    versions_libraries(libraries);
    fputs("copyout  " COPYOUT_VERSION "\n", out);
    for (i = 0; i < VERSIONS_LIBRARIES; i++)
        fprintf(out, "%-8s %s%s\n", libraries[i].name, libraries[i].version,
                libraries[i].from == VERSION_BUILT ? " (when it was built)" : "");
    fprintf(out, "TLS      %s\n", tls());
}

json_t *versions_json(void)
{
    struct library_version libraries[VERSIONS_LIBRARIES];
    json_t *all = json_array();
    size_t i;

    versions_libraries(libraries);
    for (i = 0; all && i < VERSIONS_LIBRARIES; i++) {
        json_t *one = json_pack("{s:s, s:s, s:s}", "name", libraries[i].name, "version",
                libraries[i].version, "from", from_names[libraries[i].from]);

        if (json_array_append_new(all, one) != 0) {
            json_decref(all);
            return NULL;
        }
    }
    return all ? json_pack("{s:s, s:s, s:o}", "version", COPYOUT_VERSION, "tls", tls(), "libraries",
                         all)
               : NULL;
}
