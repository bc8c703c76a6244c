/* libcurl's reasons as errors of our own. */
#ifndef COPYOUT_NET_CURL_ERROR_H
#define COPYOUT_NET_CURL_ERROR_H

#include <curl/curl.h>

#include "base/err.h"

/* Fills e with libcurl's reason for a transfer that failed. said: the text that libcurl wrote into
 * CURLOPT_ERRORBUFFER, perhaps "". Never repeats the address of a proxy, which may hold a password.
 */
void curl_error(struct err *e, CURLcode rc, const char *said);

#endif
