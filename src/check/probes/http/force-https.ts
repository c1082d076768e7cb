import type { CheckOf } from '../../../shared';
import { Fault } from '../finding';
import type { ProbeContext } from '../probe';
import { follow } from './follow';
import { statusText, type Problem } from './judge';
import { shownAddress } from './shown-address';

/**
 * What is wrong with the way from `http://` to `https://` of the address of a check; none when it leads there.
 * Nothing secret is sent, and the secure address itself is not asked.
 */
export async function httpsProblems(
	check: CheckOf<'http'>,
	{ signal, isPublicOnly }: ProbeContext,
): Promise<Problem[]> {
	const url = new URL(check.url);
	if (url.protocol === 'https:') Object.assign(url, { protocol: 'http:', port: '' });
	Object.assign(url, { username: '', password: '', hash: '' });
	const plain: CheckOf<'http'> = {
		...check,
		...{
			url: url.href,
			method: 'GET',
			headers: {},
			body: undefined,
			authenticated: false,
			redirects: 'follow',
		},
	};
	const problem = (cause: string): Problem[] => {
		const message = `${shownAddress(url)} does not lead to https://. ${cause}`;
		return [{ level: 'warning', reason: 'not_https', message }];
	};
	try {
		const trail = { attempts: 1, redirects: [] };
		const context = { secrets: {}, signal, isPublicOnly };
		const answer = await follow(plain, context, trail, ({ protocol }) => protocol === 'https:');
		answer.socket.destroy();
		if (answer.url.protocol === 'https:') return [];
		return problem(`The answer without encryption is ${statusText(answer.response.statusCode ?? 0)}.`);
	} catch (thrown) {
		if (thrown instanceof Fault) return problem(thrown.message);
		throw thrown;
	}
}
