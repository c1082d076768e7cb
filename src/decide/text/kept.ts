/** PostgreSQL keeps neither NUL nor half of a surrogate pair. */
const unkept = /[\0\p{Surrogate}]/gu;

/** A text with U+FFFD in the place of what no database keeps. */
export const keptText = (text: string): string => text.replace(unkept, '\u{FFFD}');
