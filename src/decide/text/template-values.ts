import { shorten } from '../../shared';
import type { TemplateValues } from '../../store';
import { harmless } from './harmless';

const mostQuoted = 500;
const mostName = 100;

/** What is known of a message whose answer is made of a template. */
interface About {
	sender?: { name?: string | undefined; username?: string | undefined } | undefined;
	text?: string | undefined;
	platform: string;
	chatTitle?: string | undefined;
	team?: string | undefined;
}

/**
 * What a template may say of a message and its sender. Whoever writes chooses their name and their words, and the answer is ours:
 * it holds no link and calls nobody by them.
 */
export function templateValues({ sender, text, platform, chatTitle, team }: About): TemplateValues {
	return {
		name: nameOf(sender?.name) ?? nameOf(sender?.username),
		username: nameOf(sender?.username),
		text: text === undefined ? undefined : shorten(harmless(text), mostQuoted),
		chat: nameOf(chatTitle),
		...{ team, platform },
	};
}

/** One line; undefined where nothing is left of it. */
function nameOf(name: string | undefined): string | undefined {
	const said = harmless(name ?? '')
		.replace(/\s+/g, ' ')
		.trim();
	return said === '' ? undefined : shorten(said, mostName);
}
