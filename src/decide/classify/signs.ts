import type { Hit } from './phrases';

/** Russian imperatives in the plural, which is how an office is asked: пришлите, сделайте, отправьте. */
const imperative = /(?:[аеёоуыюя]йте|ьте|[бвгджзклмнпрстфхцчшщ]ите|[йьт]тесь|итесь)$/;
/** Words with such an ending that ask for nothing. */
const noImperative =
	/^(?:здравствуйте|извините|простите|хотите|видите|слышите|давайте|подождите|смотрите|говорите|любите|живете|просите|держитесь|надеюсь|будьте)$/;
/** After "не": a verb in the third person, which is how things fail (не открывается, не сходится, не приходит). */
const failing =
	/(?:ется|ится|ются|ятся|[аяуе]ет|[дшвклнрс]ит|[аяую]ют|ят|илось|алось|илась|алась|ились|ался|ился)$/;
const shortestImperative = 5;

/** What Russian endings tell: forms of verbs that no list could name. */
export function endingHits(words: readonly string[]): Hit[] {
	return words.flatMap((word, at): Hit[] => {
		if (word.length >= shortestImperative && imperative.test(word) && !noImperative.test(word)) {
			return [{ signal: 'asks', weight: 1.2, phrase: word, at, length: 1 }];
		}
		const next = words[at + 1];
		return word === 'не' && next !== undefined && failing.test(next)
			? [{ signal: 'reportsProblem', weight: 1.2, phrase: `не ${next}`, at, length: 2 }]
			: [];
	});
}

const link = /(?:https?:\/\/|www\.|t\.me\/|wa\.me\/|bit\.ly\/)\S/;
const money = /(?:\$|€|£|₽)\s?\d|\d\s?(?:\$|€|£|₽|%)/;

/** What signs tell that are no words. */
export function marksOf(normalised: string, words: readonly string[]): Hit[] {
	const hit = (signal: Hit['signal'], weight: number, phrase: string): Hit => ({
		...{ signal, weight, phrase },
		at: words.length,
		length: 0,
	});
	return [
		...(normalised.includes('?') ? [hit('asks', 1.6, 'a question mark')] : []),
		...(link.test(normalised) ? [hit('advertises', 0.7, 'a link')] : []),
		...(money.test(normalised) ? [hit('advertises', 0.5, 'an amount or percentage')] : []),
	];
}

/** Whether numbers make up most of it, as with an account or a passport. */
export function isDataAlone(words: readonly string[]): boolean {
	const letters = words.join('');
	const digits = letters.match(/\p{Nd}/gu)?.length ?? 0;
	return digits >= 4 && digits * 2 >= letters.length;
}
