import { page, pageSchema, type Page, type PageOptions, type Store } from '../../store';
import { invalidInput } from '../errors';
import { compileRules } from '../rules/compile';
import { parseRuleSet, type RuleSetInput } from '../rules/definition';
import { loadPatterns } from '../rules/filter/patterns';
import { lintRules } from '../rules/lint/lint';
import {
	ruleVersionSchema,
	savedVersionSchema,
	storedRulesSchema,
	type RuleVersion,
	type SavedVersion,
	type StoredRules,
} from './answers';
import { textField, valid, versionField } from './input';
import { readNames } from './names';

export interface SaveRulesOptions {
	/** Whether messages are decided by it from now on. Default true. */
	activate?: boolean;
	/** Why it was changed, for who reads the list. */
	note?: string;
	signal?: AbortSignal;
}

/**
 * Keeps a rule set as a version of its own. Versions are never changed and never removed, because decisions name them;
 * the same rules are the same version.
 *
 * @throws DecideError `invalid_input` with every fault, each with its field, also for a team that is not in the store;
 * StoreError
 */
export async function saveRules(
	store: Store,
	input: RuleSetInput,
	{ activate = true, note, signal }: SaveRulesOptions = {},
): Promise<SavedVersion> {
	const set = parseRuleSet(input);
	const { teams } = await readNames(store, signal);
	const faults = lintRules(set, await loadPatterns(), { teams })
		.filter(({ severity, code }) => severity === 'error' || code === 'unknown_team')
		.map(({ field, message }) => ({ field, problem: message }));
	if (faults.length > 0) throw invalidInput('rule set', faults);
	const { version } = await compileRules(set);
	const request = {
		...{ version, rules: set, activate },
		...(note !== undefined && { note: valid('note', textField(2000), note) }),
	};
	return await store.call('save_decision_rules', request, {
		answer: savedVersionSchema,
		repeatable: true,
		signal,
	});
}

/** A version of the rules; without one, the active. @throws StoreError `not_found`, also while none is active */
export async function getRules(store: Store, which: { version?: string } = {}): Promise<StoredRules> {
	const { version } = which;
	const request = version === undefined ? {} : { version: valid('version', versionField, version) };
	return await store.call('get_decision_rules', request, { answer: storedRulesSchema, repeatable: true });
}

/** All versions, the newest first. @throws StoreError */
export async function getRuleVersions(store: Store, options: PageOptions = {}): Promise<Page<RuleVersion>> {
	return await page(store, 'get_decision_rule_versions', {}, pageSchema(ruleVersionSchema), options);
}

/** Lets messages be decided by this version from now on. @throws StoreError `not_found` */
export async function activateRules(store: Store, version: string): Promise<RuleVersion> {
	const request = { version: valid('version', versionField, version) };
	return await store.call('activate_decision_rules', request, {
		answer: ruleVersionSchema,
		repeatable: true,
	});
}
