import { updateDisplayOptions, type INodeProperties } from 'n8n-workflow';

import { authentication, storeOptions } from '../../shared/store/stores';
import { sendThrough } from './hand-over';
import * as message from './message';
import type { Operation } from './operation';
import * as outbox from './outbox';
import { gatewayFields, platform, platforms } from './platform';
import * as recipient from './stops';
import { accountField, recipientFields, to } from './recipient';

export const resources: Record<string, Record<string, Operation>> = {
	message: message.operations,
	outbox: outbox.operations,
	recipient: recipient.operations,
};

type Shown = Record<string, string[]>;
const shown = (show: Shown, fields: INodeProperties[]): INodeProperties[] =>
	updateDisplayOptions({ show }, fields);

const ofMessages = { resource: ['message'] };
const ofDirect = { ...ofMessages, sendThrough: ['directly', 'store'] };
const ofDue = { resource: ['outbox'], operation: ['sendDue'] };
const ofSet = { resource: ['recipient'], operation: ['set'] };
const gateway = { platform: ['gateway'] };

const all = [message, outbox, recipient].flatMap((resource) => resource.description);
const isChoice = ({ name }: INodeProperties): boolean => name === 'operation';

/** What is done, by which way and where it goes; then what. */
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
	...all.filter(isChoice),
	...shown(ofMessages, [sendThrough]),
	...shown({ ...ofMessages, sendThrough: ['store', 'outbox'] }, [authentication]),
	...shown({ resource: ['outbox', 'recipient'] }, [authentication]),
	...[ofDirect, ofDue, ofSet].flatMap((show) => shown(show, [platform])),
	...shown({ ...ofDirect, ...gateway }, gatewayFields),
	...shown({ ...ofDue, ...gateway }, gatewayFields),
	...shown(ofMessages, [to]),
	// What goes into the outbox goes to the platform that its message came from.
	...shown({ ...ofMessages, sendThrough: ['outbox'], to: ['chat'] }, [platform]),
	...shown(ofMessages, recipientFields),
	...shown({ ...ofDirect, platform: platforms.filter((one) => one !== 'telegram') }, [accountField]),
	...shown({ ...ofMessages, sendThrough: ['outbox'] }, [accountField]),
	...shown(ofSet, [to, ...recipientFields, accountField]),
	...all.filter((property) => !isChoice(property)),
	...shown({ ...ofMessages, sendThrough: ['store', 'outbox'] }, [storeOptions]),
	...shown({ resource: ['outbox', 'recipient'] }, [storeOptions]),
];
