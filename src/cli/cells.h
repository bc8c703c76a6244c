/* The width of texts on a terminal, in cells. A text is valid UTF-8 without control characters. */
#ifndef COPYOUT_CLI_CELLS_H
#define COPYOUT_CLI_CELLS_H

#include <stddef.h>

/* Cells that s takes. Never too few: a character that some terminals show in two cells (Unicode
 * Standard Annex 11, East Asian Width: wide and fullwidth, and emoji) counts for two, every other
 * for one, also one that combines with the character before it. */
unsigned cells_of(const char *s);

/* Copies s to out, which has size > 0 bytes, so that it takes at most `most` cells: what is too
 * much is taken out of the middle, where "…" stands then. Returns the cells of out. */
unsigned cells_fit(char *out, size_t size, const char *s, unsigned most);

/* Cuts s behind its first `most` cells. Returns the cells of what is left. */
unsigned cells_cut(char *s, unsigned most);

#endif
