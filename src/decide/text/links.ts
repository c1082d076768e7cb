const links =
	/(?:https?:\/\/|www\.)[^\s<>"')\]]{1,2000}|\b(?:t|wa)\.me\/\S{1,200}|\b(?:[\p{L}\p{N}-]{1,63}\.){1,4}\p{L}{2,24}(?=\/)/giu;

/**
 * Links of a text that lead elsewhere.
 *
 * @param hosts names of hosts that may be linked, their subdomains included
 */
export function strangeLinks(text: string, hosts: readonly string[]): string[] {
	return (text.match(links) ?? []).filter((link) => {
		const host = hostOf(link);
		return !hosts.some((known) => host === known || host.endsWith(`.${known}`));
	});
}

function hostOf(link: string): string {
	const address = /^https?:\/\//i.test(link) ? link : `https://${link}`;
	return URL.canParse(address) ? new URL(address).hostname.replace(/^www\./, '') : '';
}
