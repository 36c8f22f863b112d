#ifndef TESTS_FUZZ_IMAGE_H
#define TESTS_FUZZ_IMAGE_H

#include "../../gateway/journal/disk.h"

#define IMAGE_FILES	16
#define IMAGE_NAME	48

/* A folder in memory. */
struct image {
	struct disk	disk;
	struct {
		char	name[IMAGE_NAME];	/* "": free */
		unsigned char *bytes;
		size_t	size;
	}		files[IMAGE_FILES];
};

void	image_init(struct image *);
void	image_copy(struct image *to, const struct image *from);
/* Exchanges bytes of the file-th file, within its size. */
void	image_poke(struct image *, size_t file, size_t at, const void *, size_t n);

#endif
