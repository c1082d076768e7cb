import { StoreError } from '../../store';
import type { FieldKeys } from './keys';
import { indexOf, isSealed, open, seal, sealedFieldNames, type SealedFieldName } from './seal';

/** The last parameter of functions that read or write contacts. */
export interface Sealing {
	/** Seals what is written of e-mail, phone and real name, and opens what is read. */
	fieldKeys?: FieldKeys | undefined;
}

/** A contact as the store has it. */
export interface RawContact {
	id: number;
	formerIds?: number[] | undefined;
	realName?: string | undefined;
	email?: string | undefined;
	phone?: string | undefined;
}

export interface Unopened {
	/** Fields that have a value which cannot be read here: sealed, and not opened. */
	sealedFields?: SealedFieldName[];
	/** Why keys that were given did not open them. */
	sealedProblems?: Array<{ field: SealedFieldName; problem: string; remedy: string }>;
}

const labels: Record<SealedFieldName, string> = { realName: 'real name', email: 'e-mail', phone: 'phone' };

/** The contact with its fields opened. What stays sealed is left out and named in `sealedFields`. */
export function opened<Raw extends RawContact>(raw: Raw, tenant: string, keys?: FieldKeys): Raw & Unopened {
	const contact: Raw & Unopened = { ...raw };
	const problems: NonNullable<Unopened['sealedProblems']> = [];
	const sealedFields: SealedFieldName[] = [];
	for (const field of sealedFieldNames) {
		const text = raw[field];
		if (text === undefined || !isSealed(text)) continue;
		const place = { tenant, contactId: raw.id, formerIds: raw.formerIds ?? [], field };
		const found = keys && open(text, place, keys);
		if (found?.ok) {
			contact[field] = found.value;
			continue;
		}
		Reflect.deleteProperty(contact, field);
		sealedFields.push(field);
		if (found) problems.push({ field, problem: found.problem, remedy: found.remedy });
	}
	if (sealedFields.length > 0) contact.sealedFields = sealedFields;
	if (problems.length > 0) contact.sealedProblems = problems;
	return contact;
}

/**
 * The contact, when all that the keys are for was opened.
 * @throws StoreError `sealed` naming the contact and field
 */
export function wholly<Contact extends RawContact & Unopened>(contact: Contact): Contact {
	const [first] = contact.sealedProblems ?? [];
	if (!first) return contact;
	throw new StoreError(
		'sealed',
		`The ${labels[first.field]} of contact ${contact.id} cannot be opened: it ${first.problem}.`,
		first.remedy,
	);
}

/**
 * Fields as they are written, with the hashes by which they are found.
 * @param contactId whose they are; undefined when nothing is to be sealed
 * @throws StoreError `invalid_input` for a value that only looks like a sealed one
 */
export function sealed<Fields extends Partial<Record<SealedFieldName, string | null>>>(
	fields: Fields,
	tenant: string,
	contactId: number | undefined,
	keys: FieldKeys | undefined,
): Fields & { emailIndex?: string; phoneIndex?: string } {
	const written: Fields & { emailIndex?: string; phoneIndex?: string } = { ...fields };
	for (const field of sealedFieldNames) {
		const value = fields[field];
		if (typeof value !== 'string') continue;
		if (isSealed(value))
			throw new StoreError(
				'invalid_input',
				`The ${labels[field]} begins like a sealed value. Nothing was stored.`,
				'Give the value itself; it is sealed when keys are given.',
			);
		if (!keys || contactId === undefined) continue;
		Object.assign(written, sealedField(field, value, tenant, contactId, keys));
	}
	return written;
}

/** One field with its hash. */
export function sealedField(
	field: SealedFieldName,
	value: string,
	tenant: string,
	contactId: number,
	keys: FieldKeys,
): Record<string, string> {
	const text = seal(value, { tenant, contactId, field }, keys.current);
	if (field === 'realName') return { realName: text };
	return { [field]: text, [`${field}Index`]: indexOf(value, tenant, field, keys.current) };
}

/** Whether there is something that keys would seal. */
export function hasSealable(fields: Partial<Record<SealedFieldName, string | null>>): boolean {
	return sealedFieldNames.some((field) => typeof fields[field] === 'string');
}
