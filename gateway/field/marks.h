#ifndef GATEWAY_FIELD_MARKS_H
#define GATEWAY_FIELD_MARKS_H

#include "../../devices/device.h"
#include "keeper.h"

/* What people are doing to instruments, kept over a restart: maintenance and
 * calibration, by device. */
struct marks;

/* Reads them and marks the devices.  NULL: errno. */
struct marks	*marks_open(struct keeper *, struct device *, size_t n);
void		 marks_close(struct marks *);
/* Other devices from now on, which wear their marks already. */
void		 marks_renew(struct marks *, struct device *, size_t n);
/* Marks a device from now on and lets all marks be stored.  The number of that
 * state, for marks_kept; 0: errno, and nothing changed. */
uint64_t	 marks_set(struct marks *, struct device *, uint8_t flags);
enum kept_result marks_kept(const struct marks *, uint64_t ticket);
/* "maintenance" or "calibration"; 0: there is no such mark. */
uint8_t		 mark_find(const char *name);
/* "maintenance,calibration" in buf; returns buf. */
char		*mark_names(uint8_t flags, char *buf, size_t n);

#endif
