/**
 * drizzle hands every statement over unprepared: Postgres parses and plans it each time, and postgres.js waits for the
 * types of its parameters before it sends them, so that statements of one transaction stand in line. For the few
 * statements that a turn repeats for ever this is most of their cost; here they are prepared once per connection.
 */
import type postgres from 'postgres'

/** Beyond so many different texts new ones go unprepared: a caller whose statements never repeat must not fill memory. */
const mostStatements = 500

/**
 * The same pool, preparing what goes through `unsafe` (all that drizzle sends). Not for rules over many leads: a prepared
 * statement may get a plan that fits no parameter in particular. A pooler that cannot do it: `?prepare=false` in the URL.
 */
export function preparingStatements(sql: postgres.Sql): postgres.Sql {
  return prepareThrough(sql, new Set())
}

function prepareThrough<Client extends object>(client: Client, known: Set<string>): Client {
  return new Proxy(client, {
    get(target, name, receiver) {
      const member: unknown = Reflect.get(target, name, receiver)
      if (typeof member !== 'function') return member
      if (name === 'unsafe') {
        return (text: string, parameters?: unknown[], options?: object): unknown =>
          member.call(target, text, parameters, { ...options, prepare: mayPrepare(text, known) })
      }
      if (name === 'begin' || name === 'savepoint') {
        return (...args: unknown[]): unknown => {
          const work = args.pop() as (inner: object) => unknown
          return member.call(target, ...args, (inner: object) => work(prepareThrough(inner, known)))
        }
      }
      return member
    },
  })
}

function mayPrepare(text: string, known: Set<string>): boolean {
  if (known.has(text)) return true
  if (known.size >= mostStatements) return false
  known.add(text)
  return true
}
