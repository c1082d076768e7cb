import { updateDisplayOptions, type INodeProperties } from 'n8n-workflow';

import { authentication, storeOptions } from '../../shared/store/stores';
import { sendThrough } from './hand-over';
import * as message from './message';
import type { Operation } from './operation';
import * as outbox from './outbox';
import { gatewayFields, platform } from './platform';
import * as recipient from './stops';
import { recipientFields } from './recipient';

export const resources: Record<string, Record<string, Operation>> = {
	message: message.operations,
	outbox: outbox.operations,
	recipient: recipient.operations,
};

type Shown = Record<string, string[]>;
const shown = (show: Shown, fields: INodeProperties[]): INodeProperties[] =>
	updateDisplayOptions({ show }, fields);

const ofMessages = { resource: ['message'] };
const ofDue = { resource: ['outbox'], operation: ['sendDue'] };
const ofSet = { resource: ['recipient'], operation: ['set'] };
const gateway = { platform: ['gateway'] };

/** Where it goes, and by which way; then what. */
export const description: INodeProperties[] = [
	{
		displayName: 'Resource',
		name: 'resource',
		type: 'options',
		noDataExpression: true,
		options: [
			{ name: 'Message', value: 'message' },
			{ name: 'Outbox', value: 'outbox' },
			{ name: 'Recipient', value: 'recipient' },
		],
		default: 'message',
	},
	...shown(ofMessages, [sendThrough]),
	...shown({ ...ofMessages, sendThrough: ['store', 'outbox'] }, [authentication]),
	...shown({ resource: ['outbox', 'recipient'] }, [authentication]),
	...[ofMessages, ofDue, ofSet].flatMap((show) => shown(show, [platform])),
	...shown({ ...ofMessages, ...gateway, sendThrough: ['directly', 'store'] }, gatewayFields),
	...shown({ ...ofDue, ...gateway }, gatewayFields),
	...shown(ofMessages, recipientFields),
	...shown(ofSet, recipientFields),
	...message.description,
	...outbox.description,
	...recipient.description,
	...shown({ ...ofMessages, sendThrough: ['store', 'outbox'] }, [storeOptions]),
	...shown({ resource: ['outbox', 'recipient'] }, [storeOptions]),
];
