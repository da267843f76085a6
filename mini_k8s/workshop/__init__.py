"""How is it learned? Folder, magic, judge, exercises, and the labs that the chapters open."""
