"""What answers are laid out with on a terminal, in each language: titles, legends, clocks, what there is to mind."""
