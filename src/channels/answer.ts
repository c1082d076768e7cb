/** What a platform answers has a few kilobytes; beyond this somebody else answers, or without end. */
export const mostAnswerBytes = 1024 * 1024;

/** The code of the fault below. */
export const tooLongCode = 'ANSWER_TOO_LONG';

export const tooLong = (): Error =>
	Object.assign(new Error(`the answer has more than ${mostAnswerBytes / 1024 / 1024} MiB`), {
		code: tooLongCode,
	});

/**
 * The text of an answer, never more of it in memory than `mostAnswerBytes` and one part.
 *
 * @throws Error with the code `ANSWER_TOO_LONG`, the connection being closed; what fetch throws
 */
export async function textOf(answer: Response): Promise<string> {
	const parts: Uint8Array[] = [];
	let sizeBytes = 0;
	// Leaving the loop closes the connection.
	for await (const part of answer.body ?? []) {
		sizeBytes += part.length;
		if (sizeBytes > mostAnswerBytes) throw tooLong();
		parts.push(part);
	}
	return new TextDecoder().decode(Buffer.concat(parts));
}
