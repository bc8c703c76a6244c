/* What libcurl says of a transfer that failed, as an error of ours. */
#ifndef COPYOUT_NET_CURL_ERROR_H
#define COPYOUT_NET_CURL_ERROR_H

#include <curl/curl.h>

#include "base/err.h"

/* text: what libcurl wrote into CURLOPT_ERRORBUFFER; may be "". */
void curl_error(struct err *e, CURLcode rc, const char *text);

#endif
