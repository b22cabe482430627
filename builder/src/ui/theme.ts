import { createTheme, virtualColor } from '@mantine/core'
import { t } from '../i18n/t.ts'

/** The cross of a dialog has no words of its own; said when it is drawn, since the language is chosen after this is read. */
const closeButtonProps = {
  get 'aria-label'() {
    return t('Close')
  },
}

/** Mantine in ink and paper: the colours themselves are in tokens.css, light and dark. */
export const theme = createTheme({
  fontFamily: '"Inter Variable", system-ui, sans-serif',
  fontFamilyMonospace: '"JetBrains Mono", ui-monospace, monospace',
  primaryColor: 'ink',
  primaryShade: { light: 9, dark: 0 },
  autoContrast: true,
  defaultRadius: 6,
  fontSizes: { xs: '12px', sm: '13px', md: '14px', lg: '16px', xl: '20px' },
  lineHeights: { xs: '16px', sm: '20px', md: '20px', lg: '24px', xl: '28px' },
  headings: {
    fontWeight: '600',
    sizes: {
      h1: { fontSize: '20px', lineHeight: '28px' },
      h2: { fontSize: '16px', lineHeight: '24px' },
      h3: { fontSize: '14px', lineHeight: '20px' },
    },
  },
  colors: {
    // Mantine's dark shades in the hue of the dark tokens.
    dark: [
      '#e8ebf0',
      '#c5ccd6',
      '#a0a9b6',
      '#6b7686',
      '#3a424e',
      '#2e343e',
      '#1b1f26',
      '#171b21',
      '#14171c',
      '#111827',
    ],
    ink: virtualColor({ name: 'ink', light: 'dark', dark: 'gray' }),
  },
  components: {
    Card: { defaultProps: { withBorder: true, radius: 10, padding: 16 } },
    Button: { defaultProps: { size: 'xs' } },
    Badge: { defaultProps: { radius: 6, tt: 'none', fw: 500 } },
    Modal: { defaultProps: { closeButtonProps } },
    Drawer: { defaultProps: { closeButtonProps } },
    // It opens on its first item; what Mantine would focus instead is nothing that a menu may have in it.
    Menu: { defaultProps: { withInitialFocusPlaceholder: false } },
    MenuDivider: { defaultProps: { role: 'separator' } },
    Tooltip: { defaultProps: { openDelay: 250, withArrow: true } },
  },
})
