#!/bin/bash
# b_wear.sh: what a commit writes to the device and how often it flushes it,
# counted by the block layer under an ext4 of its own.
here=$(cd "$(dirname "$0")/../.." && pwd)
if [ "$(id -u)" != 0 ]; then echo "skip wear: only root can mount"; exit 0; fi
if [ -z "$WEAR_INSIDE" ]; then
	WEAR_INSIDE=1 exec unshare -m --propagation private "$0"
fi
work=$(mktemp -d)
trap 'umount "$work/mnt" 2>/dev/null; [ -n "$dev" ] && losetup -d "$dev" 2>/dev/null; rm -rf "$work"' EXIT
truncate -s 64M "$work/img" && mkfs.ext4 -q -F "$work/img" && mkdir "$work/mnt" || exit 1
dev=$(losetup -f --show "$work/img") || { echo "skip wear: no loop device"; exit 0; }
mount "$dev" "$work/mnt" || { echo "skip wear: cannot mount"; exit 0; }
# the tables of the inodes are written by the kernel at leisure: let it finish
sync; sleep 1
stat=/sys/block/$(basename "$dev")/stat
bench=$here/build/obj/tests/bench/b_journal
"$bench" wear "$work/mnt/a" 500 10 0 "$stat" || exit 1
"$bench" wear "$work/mnt/b" 60 10 1000 "$stat" || exit 1
