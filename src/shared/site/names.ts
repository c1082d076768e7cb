const NAME_MAX_LENGTH = 63;

/** Names that are devices on Windows and on the disks and shares it serves, with any ending. */
const DEVICES = '(?:con|prn|aux|nul|com[0-9]|lpt[0-9])';

/**
 * A name that is also the name of a folder or file, on any file system and in any object store: equal only when it
 * is the same to all of them. So there is one way to write it and nothing is encoded.
 */
export const NAME = new RegExp(`^(?!${DEVICES}$)[a-z0-9](?:[a-z0-9-]{0,${NAME_MAX_LENGTH - 2}}[a-z0-9])?$`);

/** What is wrong with a name that does not match {@link NAME}, and what to write in its place. */
export function nameProblem(text: string): string {
	if (text === '') return 'must not be empty';
	const suggestion = suggestName(text);
	const instead = suggestion === undefined ? '' : `; write "${suggestion}"`;
	if (new RegExp(`^${DEVICES}$`, 'i').test(text)) {
		return `is the name of a device on Windows disks and shares${instead}`;
	}
	if (text.length > NAME_MAX_LENGTH) {
		return `is ${text.length} characters long, at most ${NAME_MAX_LENGTH} are allowed${instead}`;
	}
	return `may hold only the letters a–z, digits and "-", and begins and ends with a letter or digit, because it names folders and files${instead}`;
}

/** A name like a text, when one can be made of it. */
export function suggestName(text: string): string | undefined {
	const slug = text
		.slice(0, 4 * NAME_MAX_LENGTH)
		.normalize('NFKD')
		.replace(/\p{Mark}/gu, '')
		.toLowerCase()
		.replace(/[^a-z0-9]+/g, '-')
		.slice(0, NAME_MAX_LENGTH)
		.replace(/^-+|-+$/g, '');
	const candidate = new RegExp(`^${DEVICES}$`).test(slug) ? `${slug}-site` : slug;
	return NAME.test(candidate) ? candidate : undefined;
}
