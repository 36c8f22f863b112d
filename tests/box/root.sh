#!/bin/bash
# root.sh DEB FOLDER: a Debian 12 with systemd and all that DEB depends on, as
# FOLDER/root.img with its kernel and initrd beside it; made by mmdebstrap from
# the mirror that this machine's apt uses, once, and when this or DEB's
# dependencies change.
set -e
deb=$1 to=$2
depends=$(dpkg-deb -f "$deb" Depends | tr ',' '\n' | sed 's/[|(].*//; s/[[:space:]]//g' | grep -v '^$' | paste -sd,)
of=$(echo "$depends" | cat "$0" - | cksum)
[ -s "$to/root.img" ] && [ "$(cat "$to/made-of" 2>/dev/null)" = "$of" ] && exit 0
rm -f "$to/root.img"
rmdir "$to/bare" 2>/dev/null || true
mkdir -p "$to/files"
mirror=$(apt-get indextargets --format '$(REPO_URI) $(CODENAME) $(COMPONENT)' 'Created-By: Packages' 2>/dev/null |
	awk '$2 == "bookworm" && $3 == "main" { print $1; exit }')
# A root shell on the second serial line; a reader of the others would only be in
# the way.  What the service stores has a disk of its own, to be frozen.
cat >"$to/files/box-shell.service" <<'UNIT'
[Service]
ExecStart=/bin/bash /dev/stdin
StandardInput=tty-force
StandardOutput=tty
StandardError=tty
TTYPath=/dev/ttyS1
Environment=HOME=/root TERM=dumb SYSTEMD_COLORS=0 SYSTEMD_PAGER=cat DEBIAN_FRONTEND=noninteractive
Restart=always
[Install]
WantedBy=multi-user.target
UNIT
cat >"$to/files/box.network" <<'NETWORK'
[Match]
Name=en* eth*
[Network]
Address=10.0.2.15/24
Gateway=10.0.2.2
NETWORK
cat >"$to/files/fstab" <<'FSTAB'
/dev/vda / ext4 defaults 0 1
/dev/vdb /var/lib/tidegate ext4 defaults,nofail 0 2
/dev/vdc /mnt ext4 ro,nofail 0 2
FSTAB
# The image is made by a hook: owners are right there, whoever runs this.
mmdebstrap --quiet --variant=minbase --format=null \
	--include="linux-image-cloud-amd64,systemd,systemd-sysv,udev,dbus,systemd-timesyncd,iproute2,procps,e2fsprogs,util-linux,$depends" \
	--customize-hook="upload $to/files/fstab /etc/fstab" \
	--customize-hook="upload $to/files/box-shell.service /etc/systemd/system/box-shell.service" \
	--customize-hook="upload $to/files/box.network /etc/systemd/network/box.network" \
	--customize-hook='echo box >"$1/etc/hostname"; mkdir -p "$1/var/lib/tidegate"' \
	--customize-hook='chroot "$1" systemctl -q enable box-shell systemd-networkd' \
	--customize-hook='chroot "$1" systemctl -q mask serial-getty@ttyS0 serial-getty@ttyS1 serial-getty@ttyS2' \
	--customize-hook="cat \"\$1\"/boot/vmlinuz-* >$to/vmlinuz; cat \"\$1\"/boot/initrd.img-* >$to/initrd" \
	--customize-hook='rm -rf "$1"/var/lib/apt/lists/* "$1/usr/sbin/policy-rc.d"' \
	--customize-hook="mkdir $to/bare; mount --bind \"\$1\" $to/bare; mke2fs -q -F -t ext4 -d $to/bare $to/root.part 2G; umount $to/bare; rmdir $to/bare" \
	bookworm /dev/null "${mirror:-http://deb.debian.org/debian}"
mv "$to/root.part" "$to/root.img"
echo "$of" >"$to/made-of"
