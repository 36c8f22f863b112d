#ifndef DEVICES_BLOCKS_H
#define DEVICES_BLOCKS_H

#include "device.h"

/* Finds the fewest questions that read every point in service without leaving
 * what the profile allows, and writes them to blocks and taps of the device.
 * -1: the arena is full. */
int	blocks_plan(struct device *, struct arena *);
/* See device_split. */
bool	blocks_split(struct device *, size_t block);

#endif
