import { oneLine } from '../finding';

const hidden = '***';
const mostParameters = 5;

/**
 * An address as it may be shown: without user, password and fragment, and without the values of the query, any of
 * which may be a key.
 */
export function shownAddress({ protocol, host, pathname, username, password, search }: URL): string {
	const user = username === '' && password === '' ? '' : `${hidden}@`;
	return oneLine(`${protocol}//${user}${host}${pathname}${shownQuery(search)}`, 200);
}

function shownQuery(search: string): string {
	if (search.length < 2) return '';
	const parameters = search.slice(1).split('&');
	const shown = parameters.slice(0, mostParameters).map((parameter) => {
		const equals = parameter.indexOf('=');
		// What has no name may itself be the key.
		return equals < 0 ? hidden : `${parameter.slice(0, equals)}=${hidden}`;
	});
	return `?${shown.join('&')}${parameters.length > mostParameters ? '&…' : ''}`;
}

/** Shorter values would be found everywhere by chance. */
const shortest = { password: 4, other: 8 };

/**
 * Hides what is secret of a check in texts that others have written, such as the answer of its target.
 *
 * @param address of the check, whose password and values of the query are secret
 * @param header a secret header that is sent along
 */
export function secretHider(address: URL, header: string | undefined): (text: string) => string {
	const { username, password, searchParams, search } = address;
	const written = search
		.slice(1)
		.split('&')
		.map((parameter) => parameter.slice(parameter.indexOf('=') + 1));
	const passwords = [password, decoded(password)].filter((value) => value.length >= shortest.password);
	const others = [username, decoded(username), ...searchParams.values(), ...written, header ?? '']
		.concat(header?.split(/\s+/) ?? [])
		.filter((value) => value.length >= shortest.other);
	const secrets = [...new Set([...passwords, ...others])].sort((one, other) => other.length - one.length);
	return (text) => secrets.reduce((masked, secret) => masked.replaceAll(secret, hidden), text);
}

/** A part of an address that may hold a stray `%`. */
export function decoded(text: string): string {
	try {
		return decodeURIComponent(text);
	} catch {
		return text;
	}
}
