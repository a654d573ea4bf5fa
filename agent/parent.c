/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The parent: binds the sockets, starts the roles, joins them with links,
 * starts them again when they end, and keeps the PIN latch. It reads no byte
 * of a client and holds no secret.
 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "agent/latch.h"
#include "agent/notify.h"
#include "agent/spawn.h"
#include "agent/unlock.h"
#include "lib/clock.h"
#include "lib/file.h"
#include "lib/mem.h"
#include "net/listener.h"

#define BACKOFF_FIRST_MS 100
#define BACKOFF_MAX_MS 30000
#define SETTLED_MS 10000 /* alive this long: the next end is a first one */
#define NOFILE_MAX (65536 + 1024) /* of max-connections, and our own */
#define END_MS 3000               /* for the roles to go by themselves */
#define DRAIN_MS 10000            /* for requests in flight at the end */

struct parent;

struct child {
	struct parent *parent;
	enum role role;
	unsigned place; /* which signer */
	pid_t pid;      /* 0: not running */
	uint64_t life;  /* how many processes it has been */
	struct link *control;
	int64_t started_ms;
	int64_t backoff_ms; /* before the next start; 0: at once */
	struct timer again;
	bool ready;
};

struct parent {
	const struct role_args *args;
	const struct config *config;
	struct loop *loop;
	struct watch signals;
	int agent_fd, admin_fd;
	bool inherited_agent, inherited_admin; /* by socket activation */
	struct unlocker *unlocker;
	struct child core, front;
	struct child *signers;
	struct timer watchdog, drain;
	int64_t watchdog_ms;
	bool told_ready, stopping;
	int exit_code;
};

static void child_start(struct child *c);

static struct child *
child_at(struct parent *p, size_t i)
{
	if (i == 0)
		return &p->core;
	return i == 1 ? &p->front : &p->signers[i - 2];
}

static size_t
child_count(const struct parent *p)
{
	return 2 + p->config->n_tokens;
}

static void
link_tell(struct child *c, const struct child *peer, int fd)
{
	struct msg_link m = {peer->role, peer->place};

	msg_link_encode(&m, link_begin(c->control, MSG_LINK, peer->life));
	link_end(c->control, fd);
	link_flush(c->control);
}

/* A fresh socketpair between core and another role, when both run. */
static void
join(struct parent *p, struct child *other)
{
	int fds[2];

	if (p->core.control == NULL || other->control == NULL)
		return;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) != 0) {
		notice(NOTICE_ERROR, "socketpair: %s", strerror(errno));
		return;
	}
	link_tell(&p->core, other, fds[0]);
	link_tell(other, &p->core, fds[1]);
}

static void
join_all(struct child *c)
{
	struct parent *p = c->parent;
	size_t i;

	if (c != &p->core) {
		join(p, c);
		return;
	}
	for (i = 1; i < child_count(p); i++)
		join(p, child_at(p, i));
}

static void
ready_tell(struct parent *p)
{
	if (p->told_ready || !p->core.ready || !p->front.ready)
		return;
	p->told_ready = true;
	notify_send("READY=1");
	notice(NOTICE_INFO, "ready on %s", p->config->socket);
}

static void
pin_refused(struct child *c)
{
	const char *token = c->parent->config->tokens[c->place].name;
	struct diag d = DIAG_INIT;

	notice(NOTICE_ERROR,
	    "token %s refused its PIN: nobody logs in again "
	    "until privyseal unlock %s",
	    token, token);
	if (latch_set(c->parent->config, token, &d) != 0)
		notice_diag(NOTICE_ERROR, "the latch cannot be kept", &d);
}

/* Core wants a peer to end; one that has been replaced already may stay. */
static int
peer_kill(struct parent *p, uint64_t life, struct span body, struct diag *d)
{
	struct child *c = &p->front;
	struct msg_link m;
	int rc;

	rc = msg_link_parse(body, &m, d);
	if (rc != 0)
		return rc;
	if (m.peer == ROLE_SIGNER && m.place < p->config->n_tokens)
		c = &p->signers[m.place];
	else if (m.peer != ROLE_FRONT)
		return diag_set(d, ERR_MESSAGE, "there is no such role");
	if (c->pid != 0 && c->life == life)
		(void)kill(c->pid, SIGKILL);
	return 0;
}

static int
child_message(struct link *link, const struct msg_row *row, uint64_t id,
    struct span body, int fd, struct diag *d)
{
	struct child *c = link_arg(link);

	(void)fd;
	switch (row->msg) {
	case MSG_READY:
		c->ready = true;
		ready_tell(c->parent);
		return 0;
	case MSG_DRAINED:
		return 0; /* its exit follows */
	case MSG_KILL:
		return peer_kill(c->parent, id, body, d);
	case MSG_PIN_REFUSED:
		pin_refused(c);
		return 0;
	case MSG_PIN_TAKEN:
		latch_clear(c->parent->config,
		    c->parent->config->tokens[c->place].name);
		return 0;
	default:
		return diag_set(d, ERR_MESSAGE, "%s sent %s",
		    role_name(c->role), row->name);
	}
}

/* Its death is seen by SIGCHLD; one that talks nonsense is helped along. */
static void
child_lost(struct link *link, const struct diag *d)
{
	struct child *c = link_arg(link);

	if (c->control != link)
		return;
	c->control = NULL;
	if (d->code == ERR_MESSAGE)
		notice_diag(NOTICE_ERROR, role_name(c->role), d);
	if (c->pid != 0)
		(void)kill(c->pid, SIGKILL);
}

static const struct link_ops child_ops = {child_message, child_lost};

static bool
is_latched(const struct child *c)
{
	return c->role == ROLE_SIGNER &&
	       latch_is_set(
		   c->parent->config, c->parent->config->tokens[c->place].name);
}

static int
child_spawn(struct child *c, struct diag *d)
{
	struct parent *p = c->parent;
	struct spawn spawn = {
	    .role = c->role,
	    .args = p->args,
	    .place = c->place,
	    .pin_refused = is_latched(c),
	    .agent_fd = c->role == ROLE_CORE ? p->agent_fd : -1,
	    .admin_fd = c->role == ROLE_CORE ? p->admin_fd : -1,
	};
	int fds[2], rc;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) != 0)
		return diag_errno(d, ERR_INTERNAL, "socketpair");
	spawn.control_fd = fds[1];
	c->life++;
	rc = spawn_role(&spawn, &c->pid, d);
	if (rc != 0) {
		(void)close(fds[0]);
		return rc;
	}
	return link_open(p->loop, fds[0], ROLE_PARENT, c->role, &child_ops, c,
	    &c->control, d);
}

static void
again_fire(struct timer *t)
{
	child_start(t->arg);
}

/* At once after a long life, later and later after short ones. */
static void
start_later(struct child *c)
{
	int64_t wait = c->backoff_ms;

	if (clock_mono_ms() - c->started_ms > SETTLED_MS)
		wait = 0;
	c->backoff_ms = wait == 0 ? BACKOFF_FIRST_MS : wait * 2;
	if (c->backoff_ms > BACKOFF_MAX_MS)
		c->backoff_ms = BACKOFF_MAX_MS;
	c->again = (struct timer){.fire = again_fire, .arg = c};
	loop_timer_set(c->parent->loop, &c->again, wait);
}

static void
child_start(struct child *c)
{
	struct diag d = DIAG_INIT;

	if (c->parent->stopping)
		return;
	c->ready = false;
	c->started_ms = clock_mono_ms();
	if (child_spawn(c, &d) != 0) {
		notice_diag(NOTICE_ERROR, "a role cannot be started", &d);
		start_later(c);
		return;
	}
	join_all(c);
}

static void
stop_now(struct parent *p, int code)
{
	p->stopping = true;
	p->exit_code = code;
	loop_stop(p->loop);
}

static void
end_notice(const struct child *c, int status)
{
	if (WIFSIGNALED(status))
		notice(NOTICE_WARNING, "%s was ended by signal %d (%s)",
		    role_name(c->role), WTERMSIG(status),
		    strsignal(WTERMSIG(status)));
	else
		notice(NOTICE_WARNING, "%s ended with exit code %d",
		    role_name(c->role), WEXITSTATUS(status));
}

static void
child_ended(struct child *c, int status)
{
	struct parent *p = c->parent;
	int code = WIFEXITED(status) ? WEXITSTATUS(status) : ROLE_EXIT_FAILED;

	c->pid = 0;
	/* A refused PIN must not be lost with the signer that met it. */
	link_drain(c->control);
	link_close(c->control);
	c->control = NULL;
	if (p->stopping) {
		if (c == &p->core)
			stop_now(p, code);
		return;
	}
	end_notice(c, status);
	/* What core or front says of its configuration is final. */
	if (c->role != ROLE_SIGNER &&
	    (code == ROLE_EXIT_CONFIG || code == ROLE_EXIT_LOG))
		stop_now(p, code);
	else
		start_later(c);
}

static void
children_reap(struct parent *p)
{
	int status;
	pid_t pid;
	size_t i;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		for (i = 0; i < child_count(p); i++) {
			if (child_at(p, i)->pid == pid)
				child_ended(child_at(p, i), status);
		}
	}
}

static void
drain_fire(struct timer *t)
{
	notice(NOTICE_WARNING, "requests in flight did not end in time");
	stop_now(t->arg, ROLE_EXIT_FAILED);
}

static void
stop_begin(struct parent *p)
{
	if (p->stopping)
		return;
	p->stopping = true;
	notify_send("STOPPING=1");
	if (p->core.control == NULL) {
		stop_now(p, ROLE_EXIT_OK);
		return;
	}
	link_send(p->core.control, MSG_DRAIN, 0);
	link_flush(p->core.control);
	p->drain = (struct timer){.fire = drain_fire, .arg = p};
	loop_timer_set(p->loop, &p->drain, DRAIN_MS);
}

static void
reload_begin(struct parent *p)
{
	if (p->core.control == NULL)
		return;
	link_send(p->core.control, MSG_RELOAD, 0);
	link_flush(p->core.control);
}

static void
signals_ready(struct watch *w, uint32_t events)
{
	struct parent *p = w->arg;
	struct signalfd_siginfo info;

	(void)events;
	while (read(w->fd, &info, sizeof(info)) == sizeof(info)) {
		if (info.ssi_signo == SIGCHLD)
			children_reap(p);
		else if (info.ssi_signo == SIGHUP)
			reload_begin(p);
		else
			stop_begin(p);
	}
}

static int
signals_open(struct parent *p, struct diag *d)
{
	sigset_t set;
	int fd;

	(void)signal(SIGPIPE, SIG_IGN);
	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGCHLD);
	(void)sigaddset(&set, SIGHUP);
	(void)sigaddset(&set, SIGTERM);
	(void)sigaddset(&set, SIGINT);
	(void)sigprocmask(SIG_BLOCK, &set, NULL);
	fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (fd < 0)
		return diag_errno(d, ERR_INTERNAL, "signalfd");
	p->signals = (struct watch){fd, 0, signals_ready, p};
	return loop_watch(p->loop, &p->signals, EPOLLIN, d);
}

static void
unlock_pass(void *arg, const char *token, int fd)
{
	struct parent *p = arg;
	size_t i;

	for (i = 0; i < p->config->n_tokens; i++) {
		if (strcmp(p->config->tokens[i].name, token) != 0)
			continue;
		if (p->signers[i].control == NULL)
			break;
		(void)link_begin(p->signers[i].control, MSG_UNLOCK, 0);
		link_end(p->signers[i].control, fd);
		link_flush(p->signers[i].control);
		return;
	}
	unlock_refuse(fd,
	    i < p->config->n_tokens ? ERR_UNAVAILABLE : ERR_NOT_FOUND,
	    i < p->config->n_tokens ? "its signer is being started, try again"
				    : "there is no token by that name");
}

static int
group_find(const char *name, gid_t *gid, struct diag *d)
{
	const struct group *group;

	*gid = (gid_t)-1;
	if (name == NULL)
		return 0;
	group = getgrnam(name);
	if (group == NULL)
		return diag_set(
		    d, ERR_CONFIG, "socket-group: there is no group %s", name);
	*gid = group->gr_gid;
	return 0;
}

/* From systemd in the order agent, admin; what is missing is bound here. */
static int
sockets_open(struct parent *p, struct diag *d)
{
	int inherited = listener_inherited(), unlock_fd, rc = 0, i;
	gid_t gid;

	p->agent_fd = inherited > 0 ? 3 : -1;
	p->admin_fd = inherited > 1 ? 4 : -1;
	p->inherited_agent = inherited > 0;
	p->inherited_admin = inherited > 1;
	for (i = 0; i < inherited; i++)
		(void)fcntl(3 + i, F_SETFL, O_NONBLOCK);
	if (p->agent_fd < 0) {
		rc = group_find(p->config->socket_group, &gid, d);
		if (rc == 0)
			rc = listener_open(p->config->socket,
			    p->config->socket_mode, gid, &p->agent_fd, d);
	}
	if (rc == 0 && p->admin_fd < 0)
		rc = listener_open(
		    p->config->admin_socket, 0600, (gid_t)-1, &p->admin_fd, d);
	if (rc == 0)
		rc = listener_open(
		    p->config->unlock_socket, 0600, (gid_t)-1, &unlock_fd, d);
	if (rc == 0)
		rc = unlocker_open(
		    p->loop, unlock_fd, unlock_pass, p, &p->unlocker, d);
	return rc;
}

/* The state directory belongs to whoever the roles run as. */
static int
state_open(const struct config *config, struct diag *d)
{
	const struct passwd *user;
	int rc;

	rc = file_make_dir(config->state_dir, 0700, d);
	if (rc != 0 || geteuid() != 0 || config->user == NULL)
		return rc;
	user = getpwnam(config->user);
	if (user == NULL)
		return diag_set(
		    d, ERR_CONFIG, "there is no user %s", config->user);
	if (lchown(config->state_dir, user->pw_uid, user->pw_gid) != 0)
		return diag_errno(d, ERR_FILE, "%s", config->state_dir);
	return 0;
}

static void
children_init(struct parent *p)
{
	unsigned i;

	p->signers = xcalloc(p->config->n_tokens, sizeof(*p->signers));
	p->core = (struct child){.parent = p, .role = ROLE_CORE};
	p->front = (struct child){.parent = p, .role = ROLE_FRONT};
	for (i = 0; i < p->config->n_tokens; i++)
		p->signers[i] = (struct child){
		    .parent = p, .role = ROLE_SIGNER, .place = i};
}

static void
watchdog_fire(struct timer *t)
{
	struct parent *p = t->arg;

	notify_send("WATCHDOG=1");
	loop_timer_set(p->loop, t, p->watchdog_ms);
}

static void
watchdog_start(struct parent *p)
{
	p->watchdog_ms = notify_watchdog_ms();
	p->watchdog = (struct timer){.fire = watchdog_fire, .arg = p};
	if (p->watchdog_ms > 0)
		loop_timer_set(p->loop, &p->watchdog, p->watchdog_ms);
}

static bool
is_any_left(struct parent *p)
{
	bool any = false;
	struct child *c;
	size_t i;

	for (i = 0; i < child_count(p); i++) {
		c = child_at(p, i);
		if (c->pid != 0 && waitpid(c->pid, NULL, WNOHANG) == c->pid)
			c->pid = 0;
		any = any || c->pid != 0;
	}
	return any;
}

static void
children_kill(struct parent *p, bool signers_only)
{
	const struct child *c;
	size_t i;

	for (i = 0; i < child_count(p); i++) {
		c = child_at(p, i);
		if (c->pid != 0 && (!signers_only || c->role == ROLE_SIGNER))
			(void)kill(c->pid, SIGKILL);
	}
}

/*
 * front has answers to write; the others have nothing left to say. Nobody can
 * keep us from ending.
 */
static void
children_end(struct parent *p)
{
	const struct timespec pause = {0, 5000000};
	int64_t until = clock_mono_ms() + END_MS;
	size_t i;

	for (i = 0; i < child_count(p); i++)
		link_close(child_at(p, i)->control);
	children_kill(p, true);
	while (is_any_left(p)) {
		if (clock_mono_ms() > until)
			children_kill(p, false);
		(void)nanosleep(&pause, NULL);
	}
}

static void
sockets_remove(const struct parent *p)
{
	if (!p->inherited_agent)
		(void)unlink(p->config->socket);
	if (!p->inherited_admin)
		(void)unlink(p->config->admin_socket);
	(void)unlink(p->config->unlock_socket);
}

/* front has a descriptor a connection: what we may have, it may have. */
static void
descriptors_raise(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
		return;
	limit.rlim_cur =
	    limit.rlim_max < NOFILE_MAX ? limit.rlim_max : NOFILE_MAX;
	(void)setrlimit(RLIMIT_NOFILE, &limit);
}

static int
parent_start(struct parent *p, struct diag *d)
{
	int rc;

	(void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	descriptors_raise();
	rc = state_open(p->config, d);
	if (rc == 0)
		rc = loop_new(&p->loop, d);
	if (rc == 0)
		rc = sockets_open(p, d);
	if (rc == 0)
		rc = signals_open(p, d);
	return rc;
}

int
parent_main(const struct role_args *args)
{
	struct parent p = {.args = args};
	struct diag d = DIAG_INIT;
	struct config *config;
	size_t i;

	if (role_config(args->config_path, &config) != 0)
		return ROLE_EXIT_CONFIG;
	p.config = config;
	if (parent_start(&p, &d) != 0) {
		notice_diag(NOTICE_ERROR, "cannot start", &d);
		return ROLE_EXIT_CONFIG;
	}
	if (geteuid() == 0 && config->user == NULL)
		notice(NOTICE_WARNING, "running as root; set \"user\" in %s",
		    args->config_path);
	children_init(&p);
	for (i = 0; i < child_count(&p); i++)
		child_start(child_at(&p, i));
	watchdog_start(&p);
	(void)loop_run(p.loop, &d);
	children_end(&p);
	sockets_remove(&p);
	return p.exit_code;
}
