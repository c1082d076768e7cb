/** What chats make a link of: an address, the name of a host, with a path or without, and that of an account. */
const links =
	/\b[a-z][a-z0-9+.-]{1,20}:\/\/[^\s<>"')\]]{1,2000}|(?<![\p{L}\p{N}@._-])(?:[\p{L}\p{N}-]{1,63}\.){1,10}(?:[a-z]{2,24}|xn--[a-z0-9-]{2,59}|рф|рус|орг|ком|сайт|онлайн|москва|дети|бел|укр)(?![\p{L}\p{N}-])(?:[:/?#][^\s<>"')\]]{0,2000})?|(?<![\p{L}\p{N}._-])@[a-z]\w{3,31}/giu;
/** Names of files look like hosts; no host ends like this. */
const files =
	/\.(?:bak|css|csv|docx?|exe|gif|html?|jpe?g|js|json|log|mp[34]|od[st]|pdf|png|pptx?|rar|rtf|sql|txt|xlsx?|xml)$/i;
const scheme = /^[a-z][a-z0-9+.-]*:\/\//i;

/**
 * Links of a text that lead elsewhere. Accounts of Telegram (`@name`) are at t.me.
 *
 * @param hosts names of hosts that may be linked, their subdomains included
 */
export function strangeLinks(text: string, hosts: readonly string[]): string[] {
	const known = hosts.map(hostOf).filter((host) => host !== '');
	return (text.match(links) ?? []).filter((link) => {
		if (files.test(link) && !/[:/?#]/.test(link)) return false;
		const host = link.startsWith('@') ? 't.me' : hostOf(link);
		return !known.some((one) => host === one || host.endsWith(`.${one}`));
	});
}

function hostOf(link: string): string {
	const address = scheme.test(link) ? link : `https://${link}`;
	return URL.canParse(address) ? new URL(address).hostname.replace(/^www\./, '').replace(/\.$/, '') : '';
}
