import { checkTemplate } from '../../steps/message-template.ts'
import type { Issue } from '../../issues.ts'
import type { Analysis } from '../analysis.ts'

const messageSettings: ReadonlySet<string | number | undefined> = new Set(['subject', 'body', 'text'])

/** Variables in every setting called `subject`, `body` or `text`, so that custom steps' messages are read too. */
export function checkMessageTexts({ steps, context }: Analysis): Issue[] {
  return steps.flatMap(({ node, texts }) =>
    texts
      .filter(({ path }) => messageSettings.has(path.at(-1)))
      .flatMap(({ text, path }) => checkTemplate(text, path, context.library))
      .map((issue) => ({ ...issue, nodeId: node.id })),
  )
}
