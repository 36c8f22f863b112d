#ifndef GATEWAY_CONFIG_CONFIG_READ_H
#define GATEWAY_CONFIG_CONFIG_READ_H

#include "config.h"

/* The parts of a configuration while it is being read; for config*.c only. */

/* A file that was read, for the digest of all. */
struct config_part {
	struct config_part	*next;
	const struct tree_file	*file;
};

/* A pack that the configuration uses; its nodes live as long as the tree. */
struct opened_pack {
	struct tree		*tree;		/* NULL: it could not be read */
	struct pack		*pack;
	struct constants	 constants;	/* for its rules, as it is used */
};

struct config_reader {
	struct config		*config;
	struct arena		*arena;		/* that of config */
	struct errs		*errs;
	const struct node	*root;
	const struct tree_files	*among;		/* NULL: those of the disk */
	struct config_part	*parts, **last;
	struct profile		**profiles;	/* read so far, one tree each */
	const char		**profile_names;
	size_t			 nprofiles;
	struct items		 listeners, receivers, devices, derived, rules, packs;
	struct items		 statistics, cures, tariffs;
	struct opened_pack	*opened;	/* of each of packs */
	const struct node	*links, *uplinks, *ways, *constants;
	bool			 secrets;	/* are looked for */
	bool			 part;		/* a syntax error hides the rest: what
						 * is not there may be there */
};

/* All return -1 when they added to errs what is wrong. */
int	config_gateway(struct config_reader *);
int	config_links(struct config_reader *);
/* After the links: where each of them leads. */
int	config_ends(struct config_reader *);
/* After the links, of which some wait there. */
int	config_listeners(struct config_reader *);
int	config_receivers(struct config_reader *);
int	config_uplinks(struct config_reader *);
int	config_ways(struct config_reader *);
/* After devices, rules and uplinks; sound: none of them has a fault. */
int	config_cures(struct config_reader *, bool sound);
/* After rules and ways; sound: neither has a fault. */
int	config_tell(struct config_reader *, bool sound);
/* Files of uplinks that are somebody else's, or would be. */
int	config_paths(struct config_reader *);
/* The constants too, which stand in it and in rules. */
int	config_derived(struct config_reader *);
/* After that: opens the packs, whose points come before the devices are whole. */
int	config_packs_open(struct config_reader *);
void	config_packs_close(struct config_reader *);
/* After the devices: one that watches none of them was mistyped. */
int	config_packs_fit(struct config_reader *);
int	config_devices(struct config_reader *);
/* For config_devices, of devices that are bound: those of packs have their points
 * too. */
int	config_pack_points(struct config_reader *);
/* One more derived point on a device. */
int	config_extend(struct config_reader *, struct device *, const struct derived_conf *);
/* sound: devices and links have no fault, so that every rule can be tried. */
int	config_rules(struct config_reader *, bool sound);
/* After the rules of the file: adds those of packs. */
int	config_packs(struct config_reader *, bool sound);
/* After all rules: what those of class life and those of gas ask of the devices
 * and lines that they hang on.  sound: nothing of them has a fault. */
int	config_lives(struct config_reader *, bool sound);
/* The file NAME.conf in the first folder that has it; NULL: in none. */
const char *config_find(const struct config_reader *, const struct strings *folders,
	    const char *name, char *path, size_t n);
/* The name nearest to it in the folders; NULL: none is near. */
const char *config_near(struct config_reader *, const struct strings *folders,
	    const char *name);
/* The folders as a list for people. */
const char *config_folders(const struct strings *, char *buf, size_t n);
int	config_statistics(struct config_reader *, bool sound);
/* Plans for data, of the links and uplinks that are read. */
int	config_tariffs(struct config_reader *);
/* After all devices were bound: the points by which they are idle. */
int	config_idle(struct config_reader *);
/* The entries as they were read, before that; never NULL. */
const struct statistic_conf *config_made(const struct config_reader *, size_t *n);
/* Rules of the file that judge what nobody makes are errors. */
int	config_clocks(struct config_reader *, const struct rule_conf *, size_t n);

/* Every file of a tree goes into the digest. */
int	config_digest_tree(struct config_reader *, const struct tree *);
/* The profile of a name; NULL: it was told, once for each name. */
const struct profile *config_profile(struct config_reader *, const struct device_conf *);
int	config_no_memory(struct config_reader *);

/* What links, uplinks and ways have in common: each is of a kind, which brings
 * keys of its own. */
struct config_section {
	const char		*what;		/* "links" */
	const struct key	*common;
	const char		*(*kind)(size_t i);	/* NULL past the end */
	const struct key	*(*own)(size_t i);
	size_t			 size, name, place;	/* of the struct, in it */
	/* A kind may have a struct of its own for its keys, of so many bytes, to
	 * which a pointer in the struct leads.  NULL: none has. */
	size_t			(*room)(size_t i);
	size_t			 room_at;
	size_t			 digest;	/* offset + 1 of a uint64_t place that
						 * takes the digest of what its
						 * secrets and files hold; 0: none */
};

/* What was read of a list: n structs, of which not all need be whole. */
struct config_list {
	void	*at;
	bool	*whole;			/* nothing of it was refused */
	size_t	 n;
};

/* Reads a list; one of an unknown kind has no name. */
int	config_list(struct config_reader *, const struct config_section *,
	    const struct node *, struct config_list *);

/* Looks for the secrets of one entry that was read, where they are looked for at all.
 * -1: told. */
int	config_secrets(struct config_reader *, const struct node *, const struct key *,
	    const void *entry);

/* Has the i-th entry of a list looked at, which need not be whole: what is told then
 * hangs on nothing that was refused. */
int	config_list_look(struct config_reader *, const struct config_section *,
	    const struct node *, const struct config_list *, size_t i,
	    int (*look)(void *entry, const struct node *, struct errs *));

/* Names of a list, sorted, with where each stood. */
struct names {
	struct named {
		const char		*name;
		const struct place	*place;
		size_t			 i;
	}	*at;
	size_t	 n;
};

/* n structs of size bytes at base, with their name and place at these offsets. */
int	names_sort(struct names *, const void *base, size_t n, size_t size, size_t name,
	    size_t place, struct config_reader *);
/* Tells each one that is there more than once; what is the list that it is in. */
int	names_unique(const struct names *, const char *what, struct config_reader *);
/* The index of a name; SIZE_MAX: there is none. */
size_t	names_find(const struct names *, const char *name);
/* The nearest one to a mistyped name; NULL: none is near. */
const char *names_near(const struct names *, const char *word, struct arena *);

/* Links that wait at a port, each for who is of its identity there. */
struct config_waits {
	const char	*kind;		/* of the links */
	size_t		 port;		/* offset of the name in struct link_conf */
	struct names	 ports;
	/* Of a link, what it names, and the nearest that there is. */
	const char	*no_port, *no_port_but;
	/* The link and the port, by its index, together.  -1: told. */
	int		(*check)(const struct config_reader *, const struct link_conf *, size_t);
};

/* Each names a port that there is, and nobody is awaited twice.  -1: told. */
int	config_waits(struct config_reader *, const struct config_waits *);

#endif
