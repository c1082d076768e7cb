/** Schemas of the user's, not of the server's. */
const own = `n.nspname <> 'information_schema' and n.nspname !~ '^pg_'`;
const notOfExtension = (catalog: string, alias: string): string =>
	`not exists (select 1 from pg_depend d where d.classid = '${catalog}'::regclass and d.objid = ${alias}.oid and d.deptype = 'e')`;

/** How much there is in a database that would be lost with it. */
export const countContent = `select
 (select count(*) from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where ${own} and c.relkind in ('r','p','v','m','S','f')) +
 (select count(*) from pg_proc p join pg_namespace n on n.oid = p.pronamespace
  where ${own} and ${notOfExtension('pg_proc', 'p')}) +
 (select count(*) from pg_type t join pg_namespace n on n.oid = t.typnamespace
  where ${own} and ${notOfExtension('pg_type', 't')}) +
 (select count(*) from pg_largeobject_metadata)`;

export const countSessions = `select count(*) from pg_stat_activity where datname = :'name' and pid <> pg_backend_pid()`;

/** `t` or `f` for whether it lets anybody in; no row when there is no such database. */
export const lookUp = `select datallowconn from pg_database where datname = :'name'`;

/** Ends the sessions of a database and waits until they are gone, for at most five seconds. */
export const endSessions = `select set_config('opsdesk.name', :'name', false) \\g /dev/null

do $$ declare left_over int; begin
 for attempt in 1..50 loop
  perform pg_stat_clear_snapshot();
  select count(pg_terminate_backend(pid)) into left_over from pg_stat_activity
   where datname = current_setting('opsdesk.name') and pid <> pg_backend_pid();
  exit when left_over = 0;
  perform pg_sleep(0.1);
 end loop;
end $$;`;

/** @param of the variable of psql with the name of the database */
const commentOn = (
	of: 'name' | 'before',
	comment: string,
): string => `select set_config('opsdesk.name', :'${of}', false),
 set_config('opsdesk.mark', :'mark', false) \\g /dev/null

do $$ declare former text; begin
 select shobj_description(oid, 'pg_database') into former from pg_database where datname = current_setting('opsdesk.name');
 execute format('comment on database %I is %L', current_setting('opsdesk.name'), ${comment});
end $$;`;

/** Marks of earlier times; without backslashes, which some servers read in another way. */
const oldMarks = `'(^|' || chr(10) || ')[[]opsdesk: kept since [^' || chr(10) || ']*"[]](?=' || chr(10) || '|$)'`;

/** Adds :'mark' to the comment of a database, of which it is the last line then, and the only one of its kind. */
const markKept = commentOn(
	'before',
	`concat_ws(chr(10), nullif(ltrim(regexp_replace(former, ${oldMarks}, '', 'g'), chr(10)), ''),
  current_setting('opsdesk.mark'))`,
);

/** Takes :'mark' off the comment of a database that is in its place again. */
export const unmark = commentOn(
	'name',
	`nullif(rtrim(replace(former, current_setting('opsdesk.mark'), ''), chr(10)), '')`,
);

/**
 * The change of names. It is one script of psql that runs to its end by itself, also when whoever started it dies.
 * While it runs nobody is let in, since a site that connects again at once would hold up the change for ever. The former
 * database gets :'mark', by which it is known as one that was kept.
 */
export const swapNames = `alter database :"name" with allow_connections false;
${endSessions}
begin;
alter database :"name" rename to :"before";
alter database :"staging" rename to :"name";
alter database :"before" with allow_connections true;
${markKept}
commit;`;

/** Carried out when the change has failed. */
export const letIn = `alter database :"name" with allow_connections true`;

/** One that is a template, as the one that was saved may have been, is kept from being dropped. */
export const dropDatabase = `alter database :"name" is_template false;\ndrop database :"name"`;
