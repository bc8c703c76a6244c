/* The catalogue of names as a page of the documents. */
#ifndef COPYOUT_CMD_CATALOGUE_WRITE_H
#define COPYOUT_CMD_CATALOGUE_WRITE_H

#include <stdio.h>

/* The whole catalogue (model/catalogue/catalogue.h) as docs/errors.md, in Markdown. */
void catalogue_write(FILE *out);

#endif
