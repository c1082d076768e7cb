import { DockerError, type DockerErrorCode } from './errors';

const unanswered: readonly DockerErrorCode[] = [
	'timeout',
	'connection_lost',
	'answer_cut',
	'unreachable',
	'engine_stopped',
];

/** What the engine says of a stop whose kill has not taken effect yet, for example of a process that waits for a disk. */
const stillEnding = /did not receive an exit event|tried to kill container/i;

/** Whether it is not known what has become of a request that failed with this. */
export const isUnanswered = (thrown: unknown): thrown is DockerError =>
	thrown instanceof DockerError && unanswered.includes(thrown.code);

/** Whether what was asked for may still come about, although the request has failed with this. */
export const mayStillComeAbout = (thrown: unknown): boolean =>
	isUnanswered(thrown) || (thrown instanceof DockerError && stillEnding.test(thrown.message));

/** A start answers when all is mounted and joined: on a busy machine long after its container was made. */
export const startPatienceMs = 45_000;
