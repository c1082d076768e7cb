/** Places of sockets of engines, and what is above them. */
const places = ['/', '/run', '/run/docker.sock', '/run/containerd', '/run/podman', '/run/user'];

/**
 * Whether a path of the host is the socket of an engine or a folder in which one lies: whoever has it, even read-only, is
 * root on the host.
 *
 * @param path absolute, without `..`
 */
export function leadsToEngine(path: string): boolean {
	const real = path.replace(/^\/var\/run(?=\/|$)/, '/run');
	return (
		// Where /var/run is no link, it lies in there.
		path === '/var' ||
		places.includes(real) ||
		/(?:docker|podman|containerd|crio)\.sock$/.test(real) ||
		/^\/run\/user\/\d+$/.test(real) ||
		/^\/run\/(?:containerd|podman|user\/\d+\/podman)(?:\/|$)/.test(real)
	);
}
