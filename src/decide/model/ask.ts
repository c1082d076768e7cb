import type { ModelPart } from '../decide';
import type { ModelAbsence } from '../decision';
import { readAnswer, type Allowed } from './answer';
import { advanceBreaker, askBreaker, type BreakerLimits, type BreakerState } from './breaker';
import { call, type Invoke } from './call';
import type { ChatMessage, Prompt } from './prompt';

/** Where state that outlives a call is kept: a worker's memory is not. */
export interface ModelState {
	readBreaker(): Promise<BreakerState> | BreakerState;
	/** Resolves to false where the one call that may try is somebody else's. */
	writeBreaker(state: BreakerState): Promise<boolean> | boolean;
	/** Whether so much may still be spent; if so, it may set that aside until it is told what was spent. */
	maySpend(tokens: number): Promise<boolean> | boolean;
	/** What was spent of it: told once for each time that it was allowed. */
	spend(tokens: number): Promise<void> | void;
}

export interface AskLimits {
	/** For each call. */
	timeoutMs: number;
	/** For all calls and waits together. */
	deadlineMs: number;
	breaker?: BreakerLimits;
}

export interface Asked {
	part: ModelPart;
	calls: number;
	/** An estimate by the characters that were sent and received. */
	tokens: number;
	/** What went wrong on the way, although an answer came in the end. */
	notes: readonly string[];
}

/** Four characters of English are a token, of Russian two or three; an estimate must not be too low. */
const charactersPerToken = 2.5;
const answerTokens = 600;

const tokensOf = (text: string): number => Math.ceil(text.length / charactersPerToken);
const absent = (code: ModelAbsence, text: string): ModelPart => ({ absent: code, text });

/**
 * Asks a model about one message, and gets an answer that can be trusted in its form, or why there is none; it never
 * throws. At most three calls: a refusal for the rate (429) is tried once more, an answer that cannot be read is sent
 * back once. What takes too long or fails counts against the breaker.
 *
 * @param consent whether the client's words may be shown to a model
 */
export async function askModel(
	invoke: Invoke,
	prompt: Prompt,
	allowed: Allowed,
	state: ModelState,
	consent: boolean,
	limits: AskLimits,
): Promise<Asked> {
	const nothing = (part: ModelPart): Asked => ({ part, calls: 0, tokens: 0, notes: [] });
	if (!consent) return nothing(absent('no_consent', 'The client has not consented to analysis by a model.'));
	const sent = tokensOf(prompt.messages.map(({ content }) => content).join(''));
	if (!(await state.maySpend(sent + answerTokens)))
		return nothing(absent('budget_spent', 'The budget for models is spent.'));
	const asked = askBreaker(await state.readBreaker(), Date.now());
	const isOurs = await state.writeBreaker(asked.state);
	if (!asked.allowed || !isOurs) {
		await state.spend(0);
		return nothing(absent('breaker_open', 'The model failed too often and is left alone for a while.'));
	}
	const conversation = new Conversation(invoke, prompt, allowed, limits);
	const part = await conversation.run();
	const failed = 'absent' in part && part.absent !== 'model_unreadable';
	const event = failed ? 'failed' : 'succeeded';
	await state.writeBreaker(advanceBreaker(asked.state, event, Date.now(), limits.breaker));
	await state.spend(conversation.tokens);
	return { part, calls: conversation.calls, tokens: conversation.tokens, notes: conversation.notes };
}

/** One question with its repetition and its repair. */
class Conversation {
	calls = 0;
	tokens = 0;
	readonly notes: string[] = [];
	private readonly endsAt: number;

	constructor(
		private readonly invoke: Invoke,
		private readonly prompt: Prompt,
		private readonly allowed: Allowed,
		private readonly limits: AskLimits,
	) {
		this.endsAt = performance.now() + limits.deadlineMs;
	}

	async run(): Promise<ModelPart> {
		const first = await this.say(this.prompt.messages, true);
		if ('absent' in first) return first;
		const read = this.read(first.written);
		if (read.ok) return { answer: read.answer };
		this.notes.push(read.problem);
		const second = await this.say(
			[
				...this.prompt.messages,
				{ role: 'assistant', content: first.written.slice(0, 2000) },
				{
					role: 'user',
					content: `${read.problem} Answer again with one JSON object of the agreed form alone.`,
				},
			],
			false,
		);
		if ('absent' in second) return second;
		const again = this.read(second.written);
		if (again.ok) return { answer: again.answer };
		this.notes.push(again.problem);
		return absent('model_unreadable', `The model gave no answer that can be read, twice. ${again.problem}`);
	}

	private read(written: string): ReturnType<typeof readAnswer> {
		const read = readAnswer(written, this.allowed);
		if (!read.ok || read.answer.text === undefined) return read;
		if (written.includes(this.prompt.fence))
			return { ok: false, problem: 'The answer repeats its instructions.' };
		const text = this.prompt.masker.restore(read.answer.text);
		return { ok: true, answer: { ...read.answer, text } };
	}

	private async say(
		messages: readonly ChatMessage[],
		mayRepeat: boolean,
	): Promise<{ written: string } | { absent: ModelAbsence; text: string }> {
		const leftMs = Math.min(this.limits.timeoutMs, this.endsAt - performance.now());
		if (leftMs <= 0) return { absent: 'model_timed_out', text: 'The time for the model is over.' };
		this.calls += 1;
		this.tokens += tokensOf(messages.map(({ content }) => content).join(''));
		const result = await call(this.invoke, messages, leftMs);
		if (result.kind === 'written') {
			this.tokens += tokensOf(result.text);
			return { written: result.text };
		}
		this.notes.push(result.text);
		if (result.kind === 'timedOut') return { absent: 'model_timed_out', text: result.text };
		const waitMs = result.retryAfterMs;
		if (waitMs === undefined || !mayRepeat || performance.now() + waitMs >= this.endsAt) {
			return { absent: 'model_failed', text: result.text };
		}
		await new Promise((resolve) => setTimeout(resolve, waitMs));
		return await this.say(messages, false);
	}
}
