/** A delivery as the card its lead gets. */
import type { PrintedCard } from '#db/schema/print.ts'
import { addressLines } from '#engine/postal.ts'
import { chooseText } from '#engine/steps/message-variants.ts'
import { escapeHtml, oneLine } from '../mailroom/message-text.ts'
import { RenderError } from '../mailroom/template.ts'
import type { Scope, ScopeInput } from '../messages/scope.ts'
import type { RenderedMessage } from '../providers/contract.ts'
import { layOutCard, type CardProblem } from './card.ts'

type Rendered = Pick<RenderedMessage, 'to' | 'subject' | 'html' | 'plain' | 'headers'> & { card: PrintedCard }

/**
 * The card, final and known to fit: what does not is refused here, never cut. `link` is where its code leads; null when it
 * is about nothing to open. Texts are filled as plain text: what a lead's data holds is printed as it is.
 * @throws {RenderError} POSTCARD_TEXT_TOO_LONG, POSTCARD_TEXT_UNPRINTABLE
 */
export function renderPostcard(
  input: Pick<ScopeInput, 'lead' | 'content' | 'company'>,
  { scope, link, fill }: { scope: Scope; link: string | null; fill: (text: string, scope: Scope) => string },
): Rendered {
  const { lead, content, company } = input
  const field = (key: string): string => {
    const value = lead.fields[key]
    return typeof value === 'string' ? oneLine(value) : ''
  }
  const chosen = chooseText(content, field('language'), company.language)
  const card: PrintedCard = {
    headline: oneLine(fill(chosen.subject, scope)),
    message: fill(chosen.body, scope).trim(),
    ...(content.image === undefined ? {} : { image: content.image }),
    ...(link === null ? {} : { link }),
    to: {
      name: [field('first_name'), field('last_name')].filter((name) => name !== '').join(' '),
      company: field('company'),
      line1: field('address_line1'),
      city: field('city'),
      region: field('region'),
      postalCode: field('postal_code'),
      country: field('country'),
    },
  }
  const { problems } = layOutCard(card, company)
  const [problem] = problems
  if (problem !== undefined) throw refusal(problem)
  const paragraphs = card.message.split(/\n+/).map((line) => `<p>${escapeHtml(line)}</p>`)
  return {
    card,
    to: addressLines(card.to).join('\n'),
    subject: card.headline,
    html: `<h1>${escapeHtml(card.headline)}</h1>\n${paragraphs.join('\n')}${link === null ? '' : `\n<p>${escapeHtml(link)}</p>`}`,
    plain: [card.message, ...(link === null ? [] : [link])].join('\n\n'),
    headers: {},
  }
}

/** In words for people; names nothing of the lead's but a character's number. */
function refusal(problem: CardProblem): RenderError {
  if (problem.kind === 'unprintable') {
    const point = (problem.character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')
    return new RenderError(
      'POSTCARD_TEXT_UNPRINTABLE',
      `The ${problem.part} has the character U+${point}, for which cards have no shape.`,
    )
  }
  const size =
    'room' in problem ? ` It has ${String(problem.length)} characters; about ${String(problem.room)} fit.` : ''
  return new RenderError('POSTCARD_TEXT_TOO_LONG', `The ${problem.part} does not fit the card.${size}`)
}
