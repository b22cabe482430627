import type { Command } from 'commander'
import { invitePerson } from '#activities/access/sign-in.ts'
import { findPersonToSignIn, insertPerson } from '#db/repositories/sign-in.ts'
import { userRoles, type UserRole } from '#engine/vocabulary.ts'
import { loadConfig } from '#server/config.ts'
import { invitationUrl } from '#server/routes/access.ts'
import { addCommand, CommandError, type GlobalOptions } from './command.ts'
import { withInstance, type Instance } from './instance.ts'

interface AddOptions extends GlobalOptions {
  role: string
  key?: string
}

/** `trellis user add | invite`: how the first owner comes in, and anybody who has forgotten a password. */
export function addUserCommands(program: Command): void {
  const user = program.command('user').description('People who sign in')
  addCommand<AddOptions>(
    user,
    'add <name> <email>',
    'Add a person and print the link by which they set a password',
    (command) =>
      command
        .option('--role <role>', `what they may do: ${userRoles.join(', ')}`, 'owner')
        .option('--key <key>', 'what tasks and leads call them; made from the name if absent'),
    ([name = '', email = ''], options) => addPerson(name, email, options),
  )
  addCommand(
    user,
    'invite <key>',
    'Print a new link by which the person sets a password',
    (command) => command,
    ([key = ''], { actor }) =>
      withInstance(async (instance) => {
        const person = await findPersonToSignIn(instance.database.db, key)
        if (person === null) throw new CommandError(`There is no person "${key}".`, { code: 'PERSON_NOT_FOUND' })
        return printInvitation(instance, person, actor)
      }),
  )
}

function addPerson(name: string, email: string, { role, key, actor }: AddOptions) {
  if (!(userRoles as readonly string[]).includes(role)) {
    throw new CommandError(`"${role}" is not a role; there are ${userRoles.join(', ')}.`, { code: 'ROLE_UNKNOWN' })
  }
  if (!/^\S+@\S+$/.test(email))
    throw new CommandError(`"${email}" is not an e-mail address.`, { code: 'EMAIL_INVALID' })
  const wanted = key ?? keyFrom(name)
  if (!/^[a-z0-9][a-z0-9_-]{0,62}$/.test(wanted)) {
    throw new CommandError(`"${wanted}" cannot be a key; choose one of a–z, 0–9, _ and - with --key.`, {
      code: 'KEY_INVALID',
    })
  }
  return withInstance(async (instance) => {
    const row = { key: wanted, name, email, role: role as UserRole, actor }
    const person = await instance.database.db.transaction((tx) => insertPerson(tx, row))
    if (person === null) {
      const message = `The key "${wanted}" or the address "${email}" is taken; "trellis user invite ${wanted}" makes a new link.`
      throw new CommandError(message, { code: 'PERSON_EXISTS' })
    }
    return printInvitation(instance, person, actor)
  })
}

async function printInvitation({ database }: Instance, person: { key: string; name: string }, actor: string) {
  const { token, expiresAt } = await invitePerson(database.db, { userKey: person.key, actor, now: Date.now() })
  const url = invitationUrl(loadConfig().publicUrl, token)
  return {
    data: { userKey: person.key, url, expiresAt: expiresAt.toISOString() },
    text: `${url}\n\n${person.name} ("${person.key}") sets a password there. The link works once, for three days.`,
  }
}

/** `Zoë Müller` → `zoe-muller`. */
function keyFrom(name: string): string {
  return name
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '')
    .slice(0, 63)
}
