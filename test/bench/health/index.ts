import { join } from 'node:path';

import { OwnNetwork } from '../../support/own-network';
import type { Scope } from '../../support/scope';
import type { Area, Tell } from '../main';
import { goal, median, megabytesOf, rounded } from '../numbers';
import { compete, speedRatio } from '../rounds';
import type { Answer, Question } from './network';

const limitSeconds = 30;
const speed = 0.8;
/** As many are looked at at the same time unless the node says otherwise. */
const atOnce = 50;

/** How long one run over many pages takes, some of them on hosts that do not work, against Debian's curl. */
export const measure: Area = async (scope, tell) => {
	const network = await startNetwork(scope);
	try {
		await ask(network, { by: 'product', folder: scope.emptyFolder(), pages: 50, dead: 0 });
		return {
			pages50: await measureRuns(network, scope.emptyFolder(), { pages: 50, dead: 10, roundCount: 3 }, tell),
			pages1000: await measureRuns(
				network,
				scope.emptyFolder(),
				{ pages: 1000, dead: 100, roundCount: 3 },
				tell,
			),
		};
	} finally {
		await network.end();
	}
};

/** A network of its own, with pages and with hosts that do not work. */
export async function startNetwork(scope: Scope): Promise<OwnNetwork> {
	return await OwnNetwork.start(scope, join(__dirname, 'network.ts'), {
		hosts: ['127.0.0.1 localhost'],
		resolver: ['nameserver 203.0.113.53'],
	});
}

export async function ask(
	network: OwnNetwork,
	question: Omit<Question, 'timeoutSeconds'> & { timeoutSeconds?: number },
): Promise<Answer> {
	const answer = (await network.ask({ timeoutSeconds: 10, ...question })) as Answer;
	if (answer.problem !== undefined) throw new Error(answer.problem);
	return answer;
}

async function measureRuns(
	network: OwnNetwork,
	folder: string,
	{ pages, dead, roundCount }: { pages: number; dead: number; roundCount: number },
	tell: Tell,
): Promise<object> {
	const runs: Answer[] = [];
	const product = async (): Promise<number> => {
		const run = await ask(network, { by: 'product', folder, pages, dead });
		if (run.failing !== dead || run.well !== pages - dead)
			throw new Error(`Of ${pages} pages ${run.well} were well and ${run.failing} failed.`);
		runs.push(run);
		return run.seconds;
	};
	const curl = async (): Promise<number> => (await ask(network, { by: 'curl', folder, pages, dead })).seconds;
	const { medians, rounds } = await compete(`${pages} pages`, { product, curl }, roundCount, tell);
	const most = (of: (run: Answer) => number): number => Math.max(...runs.map(of));
	return {
		...{ pages, dead },
		seconds: goal(rounded(medians.product), 'below', limitSeconds),
		ratio: goal(speedRatio(medians.product, medians.curl), 'atLeast', speed),
		requestsPerPage: goal(
			most(({ requestsPerPage }) => requestsPerPage),
			'exactly',
			1,
		),
		mostOpen: goal(
			most((run) => run.mostOpen),
			'atMost',
			atOnce,
		),
		memoryMegabytes: most(({ peakBytes, beforeBytes }) => megabytesOf(peakBytes - beforeBytes)),
		longestPauseMs: median(runs.map((run) => run.longestPauseMs)),
		...{ medians, rounds },
	};
}
