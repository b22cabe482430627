import { createReadStream } from 'node:fs'
import { basename, join } from 'node:path'
import type { Command } from 'commander'
import { attachFile } from '#activities/assets/attach-file.ts'
import { FileRefused } from '#activities/assets/file-store.ts'
import { loadConfig } from '#server/config.ts'
import { addCommand, CommandError } from './command.ts'
import { withInstance } from './instance.ts'

/** `trellis asset attach <key> <file>`. */
export function addAssetCommands(program: Command): void {
  const asset = program.command('asset').description('Assets that leads are sent')
  addCommand(
    asset,
    'attach <key> <file>',
    'Give an asset a file, which leads download from its page',
    (command) => command,
    ([key = '', path = '']) =>
      withInstance(async ({ database: { db } }) => {
        const folder = join(loadConfig().home, 'files')
        try {
          const { file } = await attachFile(
            { db, folder },
            { key, name: basename(path), content: createReadStream(path) },
          )
          return { data: { key, ...file }, text: `"${key}" is now ${file.name} (${String(file.bytes)} bytes).` }
        } catch (error) {
          if (error instanceof FileRefused) throw new CommandError(error.message)
          throw error
        }
      }),
  )
}
