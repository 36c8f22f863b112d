#ifndef GATEWAY_STORE_FAULT_H
#define GATEWAY_STORE_FAULT_H

#include "pulse.h"

/* What kept the store, or a file of it, from being opened, as an exit status of the
 * role: one that lasts, one that may pass, or another one that has it.  It is logged
 * with what to do; told again when it is another one than before. */
int	store_fault(struct pulse *, const char *dir, const char *what, int error);
/* The same, of the folder itself. */
int	store_folder_fault(struct pulse *, const char *dir, int error);
/* It is open: that is told where it was not before. */
void	store_opened(struct pulse *, const char *dir);

#endif
