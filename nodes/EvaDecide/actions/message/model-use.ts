import type { IDataObject, IExecuteFunctions } from 'n8n-workflow';

import type { ModelState, ModelUse } from '../../../../src/decide';
import { wholeNumber } from '../../../../src/shared';
import { isTool } from '../../../shared/destructive';
import { textOf } from '../../../shared/values';
import { optionsOfItem } from '../operation';
import { connectedModel } from './chat-model';

export interface Budget {
	tokens: number;
	per: 'day' | 'month';
}

/** The budget that was set for models, if any. @throws OpsdeskError `invalid_input` naming the field */
export function budgetOf(options: IDataObject): Budget | undefined {
	if (!('budgetTokens' in options)) return undefined;
	return {
		tokens: wholeNumber('Model Budget (Tokens)', options['budgetTokens'], 0, Number.MAX_SAFE_INTEGER),
		per: options['budgetPer'] === 'month' ? 'month' : 'day',
	};
}

/** The model that is connected, with its limits; none where a model itself uses the node. @throws OpsdeskError `invalid_input` */
export function modelUse(
	context: IExecuteFunctions,
	itemIndex: number,
	state: () => ModelState,
): ModelUse | undefined {
	if (isTool(context)) return undefined;
	const connected = connectedModel(context, itemIndex);
	if (!connected) return undefined;
	const options = optionsOfItem(context, itemIndex);
	const seconds = (field: string, name: string, usual: number, most: number): number =>
		wholeNumber(field, options[name] ?? usual, 1, most) * 1000;
	const knowledge = textOf(options['knowledge']);
	return {
		invoke: connected.invoke,
		name: () => connected.name,
		state: state(),
		limits: {
			timeoutMs: seconds('Model Timeout (Seconds)', 'timeoutSeconds', 20, 300),
			deadlineMs: seconds('Model Deadline (Seconds)', 'deadlineSeconds', 45, 600),
		},
		...(knowledge !== undefined && { knowledge }),
	};
}
