import { entries, type Vocabulary } from './entry';

/** English as clients write it to an office. */
export const english: Vocabulary = [
	...entries('asks', {
		'1.2': `please send, please check, please prepare, please tell, could you, can you, would you, will you, can we,
			can i, could we, may i, may we, i need, we need, i want, we want, i would like, we would like, id like,
			what should, what do, how do, how can, how much, how many, how long, is there, are there, do we, do i,
			do you, did you, have you, when is, when will, when can, why, asap, urgent*, need the, need a, let me know,
			waiting for, call me, any update, any news, any chance, question`,
		'1': `need, please, pls, plz, when, where, who, which, whose, send me, send us, help me, help us, need help, what, whats, how, want`,
		'0.7': `send, check, explain, prepare, confirm, fix, correct, update me, provide, calculate, resend`,
	}),
	...entries('reportsProblem', {
		'1.2': `cannot, cant, can t, won t, wont, doesn t, doesnt, isn t, not working, does not, did not, didn t, unable to,
			not received, never received, still waiting, wrong, blocked`,
		'1': `error, errors, mistake, problem*, issue*, missing, overdue, penalt*, fine from, failed, broken, complain*, lost`,
	}),
	...entries('isAboutWork', {
		'0.2': `invoice*, payroll, vat, tax, taxes, report*, statement*, contract*, salary, receipt*, reconciliation, payment*`,
	}),
	...entries('thanks', {
		'2': `thanks, thank you, thank u, thx, thnx, tnx, ty, tysm, cheers, much appreciated, appreciate*, grateful, many thanks`,
		'0.8': `great job, well done, awesome, perfect, excellent, you are the best, lifesaver, brilliant`,
	}),
	...entries('clarifies', {
		'1.6': `i meant, i mean, we meant, forgot to mention, forgot to add, forgot to say, forgot to attach, to clarify,
			correction, clarification, typo, to be precise, in addition to, to add to`,
		'1.2': `forgot, rather, attached, here is, here are, it is about, this is about, regarding my, wrong file, i was
			referring, not the, details are, as requested`,
		'0.8': `actually, the right one, the correct, by the way, instead of`,
	}),
	...entries('advertises', {
		'2': `click here, click the link, casino, viagra, buy now, you have won, you won, free entry, forex signals`,
		'1.4': `prize*, winner, bitcoin*, crypto*, dm me, no experience, followers, subscribe now, limited offer, passive
			income, work from home, from home, act now, cash bonus, claim your, claim now, text stop, call now`,
		'1': `free, win, won, cheap, earn, discount*, loan*, guaranteed, congratulations, selected, offer, offers, subscribe,
			voucher*, deal, deals, promo*, sale, investment*, hot singles, giveaway`,
		'0.7': `likes, cruise, a day, per day, bonus, limited, link, click, rich, unlimited, txt`,
	}),
	...entries('acknowledges', {
		'1': `ok, okay, okey, k, kk, sure, yes, no, yep, yeah, nope, got, it, understood, fine, noted, good, morning,
			afternoon, evening, hi, hello, hey, all, everyone, there, bye, see, you, will, wait, i, that, is, alright, great,
			cool, done, lol, haha*, received, team`,
	}),
];
