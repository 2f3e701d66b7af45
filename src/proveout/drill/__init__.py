"""The drill: harms a disposable copy on purpose, and proves that exactly the right checks turn red."""
