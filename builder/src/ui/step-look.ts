/** How kinds of steps look: a colour, a word and an icon, never colour alone. */
import {
  IconArrowBackUp,
  IconArrowsRandom,
  IconArrowsSplit,
  IconArrowsSplit2,
  IconBan,
  IconBell,
  IconCalendarEvent,
  IconCalendarTime,
  IconCheckbox,
  IconClipboardList,
  IconClock,
  IconFileDownload,
  IconForms,
  IconGauge,
  IconHelpCircle,
  IconHourglass,
  IconHourglassEmpty,
  IconListCheck,
  IconLogin,
  IconLogout,
  IconMail,
  IconMailbox,
  IconMailHeart,
  IconPhone,
  IconPin,
  IconPuzzle,
  IconRoute,
  IconRouteOff,
  IconRubberStamp,
  IconSend,
  IconShieldHalf,
  IconTag,
  IconTagOff,
  IconTarget,
  IconTrendingDown,
  IconTrendingUp,
  IconUserEdit,
  IconUserShare,
  IconWebhook,
  type Icon,
} from '@tabler/icons-react'
import type { StepCategory } from '#engine/steps/contract.ts'
import { t } from '../i18n/t.ts'

interface CategoryLook {
  word: string
  /** Of tokens.css. */
  color: string
  icon: Icon
}

/** The word is said when it is asked for: the language is chosen after this is read. */
function look(say: () => string, color: string, icon: Icon): CategoryLook {
  return {
    get word() {
      return say()
    },
    color,
    icon,
  }
}

export const categoryLooks: Record<StepCategory, CategoryLook> = {
  entry: look(() => t('Entry and exit'), 'var(--entry)', IconLogin),
  message: look(() => t('Message'), 'var(--message)', IconSend),
  time: look(() => t('Time'), 'var(--time)', IconClock),
  decision: look(() => t('Decision'), 'var(--decision)', IconArrowsSplit2),
  survey: look(() => t('Survey'), 'var(--survey)', IconListCheck),
  sales: look(() => t('Sales'), 'var(--sales)', IconPhone),
  lead: look(() => t('Lead'), 'var(--lead)', IconUserEdit),
  system: look(() => t('System'), 'var(--custom)', IconWebhook),
  custom: look(() => t('Custom'), 'var(--custom)', IconPuzzle),
}

/** The built-in steps' icons by their Tabler name; a custom step with another one gets its category's. */
const icons: Readonly<Record<string, Icon>> = {
  'arrow-back-up': IconArrowBackUp,
  'arrows-random': IconArrowsRandom,
  'arrows-split': IconArrowsSplit,
  'arrows-split-2': IconArrowsSplit2,
  ban: IconBan,
  bell: IconBell,
  'calendar-event': IconCalendarEvent,
  'calendar-time': IconCalendarTime,
  checkbox: IconCheckbox,
  'clipboard-list': IconClipboardList,
  clock: IconClock,
  'file-download': IconFileDownload,
  forms: IconForms,
  gauge: IconGauge,
  'help-circle': IconHelpCircle,
  hourglass: IconHourglass,
  'hourglass-empty': IconHourglassEmpty,
  login: IconLogin,
  logout: IconLogout,
  mail: IconMail,
  'mail-heart': IconMailHeart,
  mailbox: IconMailbox,
  phone: IconPhone,
  pin: IconPin,
  route: IconRoute,
  'route-off': IconRouteOff,
  'rubber-stamp': IconRubberStamp,
  'shield-half': IconShieldHalf,
  tag: IconTag,
  'tag-off': IconTagOff,
  target: IconTarget,
  'trending-down': IconTrendingDown,
  'trending-up': IconTrendingUp,
  'user-share': IconUserShare,
  webhook: IconWebhook,
}

/** False for icons that only custom steps have: those are fetched by name (named-glyph.tsx). */
export function isBuiltInIcon(name: string): boolean {
  return Object.hasOwn(icons, name)
}

/** The icon of a step; its category's when the name is not one of the built-in steps'. */
export function stepIcon(name: string, category: StepCategory): Icon {
  return icons[name] ?? categoryLooks[category].icon
}
